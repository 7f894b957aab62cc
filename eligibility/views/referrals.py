"""The referral log: the list, one referral, and what is done about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may, may_on, sides
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility import filters
from eligibility.forms import intake as forms
from eligibility.models import DeterminationStatus, Referral, Urgency
from eligibility.operations import referrals as operations
from eligibility.queries.codes import codes
from eligibility.queries.identities import identity
from eligibility.queries.intake import may_see_staff, referral_history, shows_person
from eligibility.queries.referrals import clock_of, with_clock
from eligibility.tables.intake import ReferralTable


@action("referral.view")
def referrals(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = with_clock(Referral.objects.visible_to(request.user), now).select_related("contract", "member")
    recording = list(
        Contract.objects.filter(provider__in=sides(request.user, "referral.record").provider).order_by("code")
    )
    return list_page(
        request,
        template="eligibility/referrals.html",
        what=_("Referrals"),
        name="referrals",
        rows=rows.order_by("-received_at", "-pk"),
        table=ReferralTable,
        table_options={"user": request.user},
        filters=filters.ReferralFilter,
        filter_options={"user": request.user, "now": now},
        members=lambda records: shows_person(request.user, records),
        may_export=may(request.user, "referral.export"),
        context={
            "heading": _("Referrals"),
            "lead": _("Who asked for a place, and how soon somebody answered. For money only verified ones count."),
            "contracts": recording,
            "empty_text": _("Referrals are entered here as they come, or sent as a feed by their source system."),
        },
    )  # fmt: skip


@action("referral.view")
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


@action("referral.record")
def new(request: HttpRequest, code: str) -> HttpResponse:
    contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "referral.record", contract)
    now = timezone.now()
    form = forms.ReferralForm(request.POST or None, contract=contract, initial={"received_at": now})
    heading = _("New referral")
    context = {
        "heading": heading,
        "lead": f"{contract.code}: {contract.title}",
        "form": form,
        "submit": _("Write it into the log"),
        "cancel": reverse("eligibility:referrals"),
        "crumbs": [(_("Referrals"), reverse("eligibility:referrals")), (heading, "")],
        "explain": _("The clock for a first response runs from the time of receipt, in the contract's timezone."),
    }
    if request.method == "POST" and form.is_valid():
        try:
            found = operations.receive(contract_id=contract.pk, **form.cleaned_data, actor=request.user, now=now)  # type: ignore[arg-type]
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("The referral is in the log."), "eligibility:referral", found.pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


@require_POST
@action("referral.record")
def respond(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk, "referral.record")
    form = forms.ResponseForm(request.POST, contract=found.contract)
    if not form.is_valid():
        return _page(request, found, response_form=form)
    try:
        operations.respond(referral_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except Refused as error:
        return refused(request, error, TEMPLATE, _context(request, found, response_form=form))
    return done(request, _("The first response is recorded."), "eligibility:referral", pk)


@require_POST
@action("referral.record")
def dispose(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk, "referral.record")
    form = forms.DispositionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, disposition_form=form)
    try:
        operations.dispose(referral_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except Refused as error:
        return refused(request, error, TEMPLATE, _context(request, found, disposition_form=form))
    return done(request, _("The referral is closed."), "eligibility:referral", pk)


@require_POST
@action("referral.verify")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk, "referral.verify")
    try:
        operations.verify(referral_id=pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except Refused as error:
        return refused(request, error, TEMPLATE, _context(request, found))
    return done(request, _("The referral is verified."), "eligibility:referral", pk)


@action("referral.record")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk, "referral.record")
    fields = ("received_at", "referred_by", "urgency", "geography", "cohort")
    form = forms.CorrectReferralForm(
        request.POST or None, contract=found.contract, initial={name: getattr(found, name) for name in fields}
    )
    heading = _("Correct a referral")
    address = reverse("eligibility:referral", args=[pk])
    context = {
        "heading": heading,
        "lead": found.referral_ref,
        "form": form,
        "cancel": address,
        "crumbs": [(_("Referrals"), reverse("eligibility:referrals")), (found.referral_ref, address), (heading, "")],
        "explain": _("A corrected referral waits for verification again."),
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.correct(referral_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("The referral was corrected."), "eligibility:referral", pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


TEMPLATE = "eligibility/referral.html"


def _visible(request: HttpRequest, pk: int) -> Referral:
    rows = Referral.objects.visible_to(request.user).select_related("contract", "member", "recorded_by", "feed_run")
    found: Referral = visible_or_404(request, rows, pk=pk)
    return found


def _allowed(request: HttpRequest, pk: int, name: str) -> Referral:
    found = _visible(request, pk)
    require(request, name, found.contract)
    return found


def _page(request: HttpRequest, found: Referral, **of_page: Any) -> HttpResponse:
    context = _context(request, found, **of_page)
    wrong = next((form for form in of_page.values() if form is not None), None)
    return render(request, TEMPLATE, context, status=form_status(wrong) if wrong is not None else 200)


def _context(
    request: HttpRequest,
    found: Referral,
    response_form: forms.ResponseForm | None = None,
    disposition_form: forms.DispositionForm | None = None,
) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    members = shows_person(user, [found])
    what = _("Referral %(reference)s") % {"reference": found.referral_ref}
    request.access.note(verb="view", what=what, members=members)  # type: ignore[attr-defined]
    named = found.organisation_id in sides(user, "member.identity").provider
    may_record = may_on(user, "referral.record", found.contract)
    open_ = not found.disposition
    determinations = found.determinations.select_related("member", "completed_by").order_by("-begun_at")
    draft = next((one for one in determinations if one.status == DeterminationStatus.DRAFT), None)
    known = codes(signed_terms(found.contract_id))
    words = {
        "disposition": operations.DISPOSITIONS,
        "urgency": dict(Urgency.choices),
        "geography": known.geographies,
        "cohort": known.cohorts,
    }
    return {
        "referral": found,
        "contract": found.contract,
        "heading": found.referral_ref,
        "codes": known,
        "clock": clock_of(found, now),
        "disposition": operations.DISPOSITIONS.get(found.disposition, found.disposition),
        "shown": identity(user, [found.member])[found.member_id] if found.member else None,
        "named": named,
        "may_see_staff": may_see_staff(user, found.organisation_id),
        "determinations": determinations if may(user, "determination.view") else [],
        "draft": draft,
        "may_determine": open_ and draft is None and may_on(user, "determination.make", found.contract),
        "may_verify": found.verified_on is None
        and found.recorded_by_id != user.pk
        and may_on(user, "referral.verify", found.contract),
        "may_correct": may_record and found.origin == "product",
        "may_open_feeds": found.organisation_id in sides(user, "feed.view").provider,
        "history": referral_history(user, found, words),
        "response_form": response_form or forms.ResponseForm(contract=found.contract, initial={"responded_at": now})
        if may_record and found.first_response_at is None
        else None,
        "disposition_form": disposition_form or forms.DispositionForm() if may_record and open_ and not draft else None,
        "crumbs": [(_("Referrals"), reverse("eligibility:referrals")), (found.referral_ref, "")],
    }
