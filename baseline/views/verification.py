"""The second look: what waits, one record, and a whole list with a sample looked at first."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may, may_on
from baseline.filters.verification import ANSWERS, VerificationFilter
from baseline.forms.verification import RejectForm
from baseline.models import Activity, BatchStatus, VerificationBatch
from baseline.operations import verification as operations
from baseline.queries import verification as queries
from baseline.queries.activity import own_work, service_on, services
from baseline.queries.answers import answers
from baseline.queries.counting import counted
from baseline.queries.sentences import told
from baseline.tables.verification import BatchTable, VerificationTable
from blended_pilot.jobs.models import Job
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from eligibility.queries.identities import identified, identity

MOST_SEED = 2**31


@action("activity.verification")
def waiting(request: HttpRequest) -> HttpResponse:
    """Everything that waits, to be narrowed and looked at singly or as a list."""
    chosen = VerificationFilter(request.GET or None, queryset=Activity.objects.none(), user=request.user)
    wanted = chosen.wanted
    contracts = list(queries.contracts_to_verify(request.user))
    contract = next((one for one in contracts if wanted and one.pk == wanted.contract_id), None)
    may_verify = contract is not None and may_on(request.user, "activity.verify", contract)
    found = queries.to_verify(request.user, wanted) if wanted else Activity.objects.none()
    return list_page(
        request,
        template="baseline/verification.html",
        what=_("Waits for verification"),
        name="to-verify",
        rows=Activity.objects.all(),
        table=VerificationTable,
        table_options={"user": request.user},
        filters=VerificationFilter,
        filter_options={"user": request.user},
        members=lambda records: identified(request.user, [one.member for one in records]),
        may_export=may(request.user, "activity.export"),
        context={
            "heading": _("Verification"),
            "lead": _("Episodic records that wait for a second look by somebody else. Unverified work is never paid."),
            "may_verify": may_verify,
            "yours": queries.of_others(request.user, found).count() if may_verify else 0,
            "draw_address": f"{reverse('baseline:draw_sample')}?{request.GET.urlencode()}",
            "empty_title": _("Nothing waits"),
            "empty_text": _("Every episodic record of this list is verified, sent back or reversed."),
        },
    )


@action("activity.verification")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """One record with its criteria; the same page sends it back."""
    return _one(request, pk, RejectForm())


@require_POST
@action("activity.verify")
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    one = _visible(request, pk)
    require(request, "activity.verify", one.contract)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _one(request, pk, form)
    try:
        operations.reject(
            activity_id=one.pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
        )
    except Refused as error:
        return refused(request, error, "baseline/verify.html", _context(request, one, form))
    messages.success(request, _("%(reference)s was sent back.") % {"reference": one.activity_ref})
    return _to_the_next(request, one)


def _one(request: HttpRequest, pk: int, form: RejectForm) -> HttpResponse:
    one = _visible(request, pk)
    if request.method == "POST" and not form.is_bound:
        require(request, "activity.verify", one.contract)
        try:
            operations.verify(activity_id=one.pk, actor=request.user, now=timezone.now())
        except Refused as error:
            return refused(request, error, "baseline/verify.html", _context(request, one, form))
        messages.success(request, _("%(reference)s is verified.") % {"reference": one.activity_ref})
        return _to_the_next(request, one)
    context = _context(request, one, form)
    return render(request, "baseline/verify.html", context, status=form_status(form))


def _context(request: HttpRequest, one: Activity, form: RejectForm) -> dict[str, Any]:
    request.access.note(verb="view", what=_("Verification"), members=[one.member_id])  # type: ignore[attr-defined]
    service = service_on(one.contract_id, one.service, one.occurred_on)
    [found] = counted([one])
    return {
        "record": one,
        "shown": identity(request.user, [one.member])[one.member_id],
        "service": service,
        "answers": answers(one, service),
        "told": told(found, one.contract, with_money=may_on(request.user, "cycle.view", one.contract)),
        "authorisation": found.authorisation,
        "form": form,
        "may_verify": may_on(request.user, "activity.verify", one.contract),
        "own": own_work(request.user, one),
        "may_read": may_on(request.user, "clinical.view", one.contract),
    }


def _to_the_next(request: HttpRequest, one: Activity) -> HttpResponse:
    """To the next record of the contract that this person may verify, or back to the list."""
    waits = queries.of_others(request.user, queries.to_verify(request.user, queries.ToVerify(one.contract_id)))
    following = waits.filter(occurred_on=one.occurred_on, pk__gt=one.pk).first()
    following = following or waits.filter(occurred_on__gt=one.occurred_on).first()
    if following is None:
        return HttpResponseRedirect(reverse("baseline:verification"))
    return HttpResponseRedirect(reverse("baseline:verify", args=[following.pk]))


@require_POST
@action("activity.verify")
def draw(request: HttpRequest) -> HttpResponse:
    """Fix the filtered list and draw its sample."""
    chosen = VerificationFilter(request.GET or None, queryset=Activity.objects.none(), user=request.user)
    if chosen.wanted is None:
        raise operations.NothingToVerify(_("Narrow the list to something that can be read first."))
    batch = operations.draw(
        wanted=chosen.wanted, seed=secrets.randbelow(MOST_SEED), actor=request.user, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("baseline:verification_batch", args=[batch.pk]))


@action("activity.verification")
def batches(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Lists verified at once"),
        name="verified-lists",
        rows=VerificationBatch.objects.visible_to(request.user).select_related("contract", "drawn_by"),
        table=BatchTable,
        context={
            "heading": _("Lists verified at once"),
            "lead": _("Each with the sample that was looked at first; the seed draws the same sample again."),
            "crumbs": [(_("Verification"), reverse("baseline:verification")), (_("Lists"), "")],
            "empty_text": _("Narrow the list of what waits, and verify it as a whole."),
            "empty_action": reverse("baseline:verification"),
            "empty_label": _("Verification"),
        },
    )


@action("activity.verification")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "baseline/verification_batch.html", _batch_context(request, _batch(request, pk)))


@require_POST
@action("activity.verify")
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    one = _batch(request, pk)
    require(request, "activity.verify", one.contract)
    address = reverse("baseline:verification_batch", args=[one.pk])
    try:
        operations.confirm(batch_id=one.pk, url=address, actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "baseline/verification_batch.html", _batch_context(request, one))
    return done(request, _("The list is being verified."), address)


@require_POST
@action("activity.verify")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    one = _batch(request, pk)
    require(request, "activity.verify", one.contract)
    operations.withdraw(batch_id=one.pk, actor=request.user, now=timezone.now())
    return done(request, _("The list was withdrawn; nothing of it was verified."), "baseline:verification")


LEFT_OUT = {
    "reversed": gettext_lazy("reversed meanwhile"),
    "verified": gettext_lazy("verified by somebody else meanwhile"),
    "rejected": gettext_lazy("sent back meanwhile"),
    "own": gettext_lazy("corrected by yourself meanwhile"),
    "changed": gettext_lazy("changed since the list was drawn"),
}


def _batch_context(request: HttpRequest, one: VerificationBatch) -> dict[str, Any]:
    records = queries.sampled(one)
    wanted = queries.ToVerify.from_json(one.contract_id, one.wanted)
    named = services(one.contract_id).get(wanted.service)
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=_("Sample"), members=identified(request.user, [each.member for each in records])
    )
    shown = identity(request.user, [each.member for each in records])
    money = may_on(request.user, "cycle.view", one.contract)
    return {
        "batch": one,
        "contract": one.contract,
        "heading": _("Verify a list"),
        "sample": [
            {
                "record": each,
                "shown": shown[each.member_id],
                "service": found.service,
                "answers": answers(each, found.service),
                "told": told(found, one.contract, with_money=money),
            }
            for each, found in zip(records, counted(records), strict=True)
        ],
        "wanted": wanted,
        "wanted_service": named.name if named else wanted.service,
        "wanted_answers": dict(ANSWERS).get(wanted.answers, wanted.answers),
        "left_out": [(LEFT_OUT.get(why, why), count) for why, count in sorted(one.left_out.items())],
        "open": one.status == BatchStatus.DRAWN,
        "yours": one.drawn_by_id == request.user.pk and may_on(request.user, "activity.verify", one.contract),
        "job": Job.objects.filter(kind=operations.JOB, key=f"batch {one.pk}").first(),
    }


def _visible(request: HttpRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).select_related(
        "member", "contract", "recorded_by", "corrected_by", "rejected_by"
    )
    found: Activity = visible_or_404(request, rows, pk=pk)
    require(request, "activity.verification", found.contract)
    return found


def _batch(request: HttpRequest, pk: int) -> VerificationBatch:
    rows = VerificationBatch.objects.visible_to(request.user).select_related("contract", "drawn_by")
    found: VerificationBatch = visible_or_404(request, rows, pk=pk)
    return found
