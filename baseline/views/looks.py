"""What a supervisor does in the weekly review: look at one member after the other, assign, sign."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.doors import UNPROCESSABLE, action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may, may_on
from baseline.filters.reviews import ActionFilter
from baseline.forms.reviews import LookForm, OutcomeForm, SignForm
from baseline.models import Activity, FollowUp, ReviewAction
from baseline.operations import reviews as operations
from baseline.queries import reviews as queries
from baseline.queries.activity import services
from baseline.queries.caseload import OfMember, week
from baseline.rules.weeks import WEEK
from baseline.tables.reviews import ActionTable
from baseline.views.team_weeks import TeamWeek, people_of, week_or_404
from baseline.views.week_page import week_context
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.money import ZERO
from blended_pilot.kernel.templatetags.kit import quantity
from eligibility.models import Member, Practitioner
from eligibility.queries.identities import identified, identity
from eligibility.views.members import chosen_day

RECORDS_SHOWN = 30
LOOKED_BACK = timedelta(weeks=8)


@action("caseload.view")
def look(request: HttpRequest, code: str, monday: str, team: int, pk: int) -> HttpResponse:
    """One member of the caseload: what was expected and delivered, what is late, what was noted; note and go on."""
    where = week_or_404(request, code, monday, team)
    contract = where.contract
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    today = queries.local_today(contract, timezone.now())
    shown = week(contract, where.monday, team=team, today=today)
    figures = next((one for one in shown.members if one.member_id == pk), None)
    if figures is None:
        raise Http404(_("This member is not in the caseload of that week."))
    request.access.note(verb="view", what=_("Weekly review of a member"), members=[pk])  # type: ignore[attr-defined]
    form = LookForm(
        request.POST or None,
        organisation_id=contract.provider_id,
        today=today,
        initial={"due_on": today + WEEK},
    )
    if request.method == "POST":
        require(request, "caseload.review", contract)
    context = _look_context(request, where, member, figures, form)
    if request.method != "POST" or not form.is_valid():
        return render(request, "baseline/look.html", context, status=form_status(form))
    try:
        _write(where, pk, form.cleaned_data, request.user)
    except Refused as error:
        return refused(request, error, "baseline/look.html", context)
    left = queries.still_to_look_at(queries.review_of(contract, team, where.monday), shown)
    if left:
        return redirect(where.url("look", pk=left[0].member_id))
    return done(request, _("Everybody who stands out was looked at."), where.url())


def _write(where: TeamWeek, pk: int, said: dict[str, Any], user: Any) -> None:
    operations.look_at(
        contract_id=where.contract.pk,
        team=where.team,
        monday=where.monday,
        member_id=pk,
        actor=user,
        now=timezone.now(),
        text=said["text"],
        action=said["action"],
        owner_id=said["owner"].pk if said["owner"] else None,
        due_on=said["due_on"],
    )


def _look_context(
    request: HttpRequest, where: TeamWeek, member: Member, figures: OfMember, form: LookForm
) -> dict[str, Any]:
    contract, monday = where.contract, where.monday
    review = queries.review_of(contract, where.team, monday)
    names = {code: service.name for code, service in services(contract.pk).items()}
    person = identity(request.user, [member])[member.pk]
    clinical = may_on(request.user, "clinical.view", contract)
    before = monday + WEEK
    by_reference = dict(Practitioner.objects.filter(organisation=contract.provider_id).values_list("reference", "name"))
    records = Activity.objects.visible_to(request.user).filter(
        member=member, contract=contract, occurred_on__lt=before, occurred_on__gte=before - LOOKED_BACK
    )
    return {
        "heading": person.label,
        "shown": person,
        "contract": contract,
        "member": member,
        "monday": monday,
        "figures": figures,
        "practitioner": people_of(contract, [figures.practitioner_id or 0]).get(
            figures.practitioner_id or 0, _("nobody")
        ),
        "package_rows": [
            [names.get(service, service), quantity(expected, 2), delivered, max(0, int(expected) - delivered)]
            for service, (expected, delivered) in sorted(figures.package.items())
        ],
        "package_header": [_("Service"), _("Expected"), _("Delivered"), _("Missing")],
        "why": _why(figures),
        "follow_ups": FollowUp.objects.visible_to(request.user)
        .open_at_the_end_of(before)
        .filter(member=member, contract=contract)
        .order_by("due_on"),
        "late_before": min(before, queries.local_today(contract, timezone.now())),
        "records": [
            (one, names.get(one.service, one.service), by_reference.get(one.practitioner, one.practitioner))
            for one in records.order_by("-occurred_on", "-pk")[:RECORDS_SHOWN]
        ],
        "notes": review.notes.filter(member=member).select_related("noted_by").order_by("noted_at")
        if review and clinical
        else [],
        "actions": review.actions.filter(member=member).select_related("owner").order_by("due_on") if review else [],
        "may_review": may_on(request.user, "caseload.review", contract) and len(queries.signed(review)) < 2,
        "form": form,
        "submit": _("Save and go on to the next"),
        "cancel": where.url(),
        "crumbs": [
            (_("Weekly reviews"), reverse("baseline:weeks")),
            (where.title, where.url()),
            (person.code, ""),
        ],
    }


def _why(figures: OfMember) -> list[str]:
    """Why the member stands out; empty where nothing does."""
    within = sum((min(expected, delivered) for expected, delivered in figures.package.values()), ZERO)
    found = []
    if figures.missing and within * 2 < figures.expected:
        found.append(_("Less than half of the package was delivered."))
    if figures.late:
        found.append(
            ngettext("%(late)s follow-up is late.", "%(late)s follow-ups are late.", figures.late)
            % {"late": figures.late}
        )
    if figures.practitioner_id is None:
        found.append(_("Nobody looks after them."))
    return found


@action("caseload.sign", step_up=gettext_lazy("Sign the week"))
@require_POST
def sign_caseload(request: HttpRequest, code: str, monday: str, team: int) -> HttpResponse:
    return _sign(request, operations.sign_caseload, code, monday, team)


@action("caseload.sign", step_up=gettext_lazy("Sign the week's records"))
@require_POST
def sign_billing(request: HttpRequest, code: str, monday: str, team: int) -> HttpResponse:
    return _sign(request, operations.sign_billing, code, monday, team)


def _sign(request: HttpRequest, operation: Any, code: str, monday: str, team: int) -> HttpResponse:
    where = week_or_404(request, code, monday, team)
    require(request, "caseload.sign", where.contract)
    form = SignForm(request.POST)
    if not form.is_valid():
        context = week_context(request, where)
        sentence = Refused(_("Tick that you sign the statement in your name."))
        return render(request, "baseline/week.html", {**context, "refusal": sentence}, status=UNPROCESSABLE)
    try:
        operation(
            contract_id=where.contract.pk,
            team=team,
            monday=where.monday,
            digest=form.cleaned_data["digest"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, "baseline/week.html", week_context(request, where))
    return done(request, _("Signed. What changes from now on is shown as a difference."), where.url())


@action("action.view")
def actions(request: HttpRequest) -> HttpResponseBase:
    _on, today = chosen_day(request)
    rows = ReviewAction.objects.visible_to(request.user).select_related("member", "owner", "review__contract")
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Actions"),
        name="actions",
        rows=rows.order_by("-status", "due_on", "pk"),  # open before done
        table=ActionTable,
        table_options={"user": request.user, "on": today},
        filters=ActionFilter,
        filter_options={"user": request.user},
        members=lambda found: identified(request.user, [one.member for one in found if one.member_id]),
        may_export=may(request.user, "activity.export"),
        context={
            "heading": _("Actions of weekly reviews"),
            "lead": _("What a supervisor asked somebody to do, by when, and what came of it."),
            "empty_title": _("No action yet"),
            "empty_text": _("They are assigned in the weekly review, on the page of a member who stands out."),
        },
    )


@action("action.view")
def one_action(request: HttpRequest, pk: int) -> HttpResponse:
    rows = ReviewAction.objects.visible_to(request.user).select_related(
        "member", "owner", "assigned_by", "review__contract", "review__team"
    )
    found: ReviewAction = visible_or_404(request, rows, pk=pk)
    review = found.review
    person = identity(request.user, [found.member])[found.member_id] if found.member else None
    if person is not None and person.identified:
        request.access.note(verb="view", what=_("Action"), members=[found.member_id])  # type: ignore[attr-defined]
    form = OutcomeForm(request.POST or None)
    may_close = found.owner_id == request.user.pk or may_on(request.user, "caseload.review", review.contract)
    context = {
        "heading": found.text,
        "action": found,
        "contract": review.contract,
        "person": person,
        "week_url": TeamWeek(review.contract, review.week, review.team_id or 0).url(),
        "may_see_week": may_on(request.user, "caseload.view", review.contract),
        "reads_outcome": may_on(request.user, "clinical.view", review.contract) or found.owner_id == request.user.pk,
        "form": form,
        "submit": _("Say that it is done"),
        "may_close": may_close and found.status == "open",
        "crumbs": [(_("Actions"), reverse("baseline:actions")), (found.text, "")],
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "baseline/action.html", context, status=form_status(form))
    try:
        operations.complete_action(
            action_id=pk, outcome=form.cleaned_data["outcome"], actor=request.user, now=timezone.now()
        )
    except Refused as error:
        return refused(request, error, "baseline/action.html", context)
    return done(request, _("The action is done."), "baseline:actions")
