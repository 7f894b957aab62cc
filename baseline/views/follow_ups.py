"""What is due after contacts and episodes: the list, what will not take place, and timeliness by group."""

from datetime import timedelta
from typing import Any

from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may
from baseline.filters.follow_ups import FollowUpFilter
from baseline.models import FollowUp, FollowUpCause, FollowUpStatus
from baseline.operations import follow_ups as operations
from baseline.queries.activity import contracts_of, services
from baseline.queries.follow_ups import Timeliness, timeliness
from baseline.queries.reviews import local_today, teams_of
from baseline.tables.follow_ups import FollowUpTable
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.periods import first_of_month, next_month, parse_month
from blended_pilot.kernel.templatetags.kit import percent
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Practitioner
from eligibility.queries.identities import identified, identity
from eligibility.views.members import chosen_day


@action("follow_up.view")
def follow_ups(request: HttpRequest) -> HttpResponseBase:
    _on, today = chosen_day(request)
    rows = FollowUp.objects.visible_to(request.user).select_related("member", "contract")
    return list_page(
        request,
        template="baseline/follow_ups.html",
        what=_("Follow-ups"),
        name="follow-ups",
        rows=rows.order_by(Case(When(status=FollowUpStatus.OPEN, then=0), default=1), "due_on", "pk"),
        table=FollowUpTable,
        table_options={"user": request.user, "on": today},
        filters=FollowUpFilter,
        filter_options={"user": request.user, "on": today},
        members=lambda found: identified(request.user, [one.member for one in found]),
        may_export=may(request.user, "activity.export"),
        context={
            "heading": _("Follow-ups"),
            "contracts": list(contracts_of(request.user)),
            "lead": _("Planned contacts that are due after an unplanned contact or the end of an episode."),
            "empty_title": _("Nothing is due"),
            "empty_text": _("A follow-up is made when an unplanned contact is recorded, or when an episode ends."),
        },
    )


@action("follow_up.cancel")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    rows = FollowUp.objects.visible_to(request.user).select_related("member", "contract")
    follow_up = visible_or_404(request, rows, pk=pk)
    require(request, "follow_up.cancel", follow_up.contract)
    request.access.note(verb="view", what=_("Follow-up"), members=[follow_up.member_id])  # type: ignore[attr-defined]
    shown = identity(request.user, [follow_up.member])[follow_up.member_id]
    heading = _("Follow-up of %(member)s will not take place") % {"member": shown.label}
    form = ReasonForm(request.POST or None)
    context = {
        "heading": heading,
        "form": form,
        "explain": _("It stays on record as cancelled, with your reason, and is not counted as late."),
        "submit": _("Cancel the follow-up"),
        "tone": "danger",
        "cancel": reverse("baseline:follow_ups"),
        "crumbs": [(_("Follow-ups"), reverse("baseline:follow_ups")), (_("Cancel"), "")],
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.cancel(
                follow_up_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("The follow-up is cancelled."), "baseline:follow_ups")
    return render(request, "kit/form_page.html", context, status=form_status(form))


@action("follow_up.view")
def in_time(request: HttpRequest, code: str) -> HttpResponse:
    """Timeliness by group, for one month; of a month under way what fell due until yesterday."""
    contract = visible_or_404(request, contracts_of(request.user), code=code)
    require(request, "follow_up.view", contract)
    today = local_today(contract, timezone.now())
    try:
        month = parse_month(request.GET["month"]) if request.GET.get("month") else first_of_month(today)
    except ValueError as error:
        raise Http404(str(error)) from None
    before = min(next_month(month), max(today, month))
    found = timeliness(contract.pk, starts_on=month, ends_before=before)
    return render(
        request,
        "baseline/timeliness.html",
        {
            "heading": _("Follow-ups in time"),
            "contract": contract,
            "month": month,
            "before": first_of_month(month - timedelta(days=1)),
            "after": next_month(month) if next_month(month) <= today else None,
            "last_day": before - timedelta(days=1),
            "under_way": next_month(month) > today,
            "total": next(one for one in found if one.kind == "all"),
            "groups": _groups(contract, found),
            "header": [_("Group"), _("Fell due"), _("In time"), _("Share"), _("Late"), _("Open")],
            "crumbs": [(_("Follow-ups"), reverse("baseline:follow_ups")), (_("In time"), "")],
        },
    )


def _groups(contract: Contract, found: list[Timeliness]) -> list[tuple[str, list[list[Any]]]]:
    """(title, rows of a table) for each way of grouping."""
    terms = signed_terms(contract.pk)
    document = terms.latest.document if terms else None
    people = Practitioner.objects.filter(organisation=contract.provider_id)
    names: dict[str, dict[str | None, Any]] = {
        "cause": dict(FollowUpCause.choices),
        "service": {code: service.name for code, service in services(contract.pk).items()},
        "cohort": {one.code: one.name for one in document.cohorts} if document else {},
        "geography": {one.code: one.name for one in document.geographies} if document else {},
        "team": {str(pk): name for pk, name in teams_of(contract).items()} | {None: _("Without a team")},
        "practitioner": {str(one.pk): str(one) for one in people},
    }
    titles = {
        "cause": _("By cause"),
        "service": _("By service"),
        "cohort": _("By cohort, on day 0"),
        "geography": _("By geography, on day 0"),
        "team": _("By team, on the due day"),
        "practitioner": _("By practitioner, on the due day"),
    }
    return [
        (
            title,
            [
                [
                    names[kind].get(one.key, one.key or _("none")),
                    one.due,
                    one.in_time,
                    percent(one.share) if one.share is not None else "–",
                    one.late,
                    one.waiting,
                ]
                for one in found
                if one.kind == kind and one.due
            ],
        )
        for kind, title in titles.items()
    ]
