"""Records of delivered work: all of them, one member's, and one record."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from accounts.permissions import may, may_on
from baseline import filters, tables
from baseline.models import Activity
from baseline.queries.activity import (
    contracts_covering,
    corrects,
    episodic_codes,
    links,
    own_work,
    service_on,
    state_of,
)
from baseline.queries.answers import OUTCOMES, answers, details, present
from baseline.queries.counting import counted
from baseline.queries.history import members_before, record_history
from baseline.queries.sentences import told
from blended_pilot.kernel.listing import list_page
from contracts.rules.document import Service
from eligibility.models import Member, Source
from eligibility.queries.identities import identified, identity


@action("activity.view")
def records(request: HttpRequest) -> HttpResponse:
    return _list(
        request,
        rows=Activity.objects.visible_to(request.user),
        template="baseline/records.html",
        table=tables.ActivityTable,
        what=_("Delivered work"),
        name="activity",
        context={
            "heading": _("Delivered work"),
            "lead": _("Every record, baseline and episodic, as its source sent it. Nothing is left out."),
            "empty_text": _("Records come with the first services file that is sent for a contract."),
        },
    )


@action("activity.view")
def of_member(request: HttpRequest, pk: int) -> HttpResponse:
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    request.access.note(verb="view", what=_("Member activity"), members=[member.pk])
    shown = identity(request.user, [member])[member.pk]
    return _list(
        request,
        rows=Activity.objects.visible_to(request.user).filter(member=member),
        template="baseline/of_member.html",
        table=tables.MemberActivityTable,
        what=_("Member activity"),
        name="member-activity",
        context={
            "heading": shown.label,
            "member": member,
            "shown": shown,
            "event_contracts": [
                one for one in contracts_covering(member.pk) if may_on(request.user, "event.record", one)
            ],
            "empty_text": _("Nothing has been recorded for this member."),
        },
    )


@action("activity.view")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Activity.objects.visible_to(request.user).select_related(
        "member", "contract", "feed_run", "recorded_by", "rejected_by"
    )
    one = visible_or_404(request, rows, pk=pk)
    before = identified(request.user, members_before(one))
    request.access.note(verb="view", what=_("Activity record"), members=[one.member_id, *before])
    service = service_on(one.contract_id, one.service, one.occurred_on)
    found = links(one)
    stands = not one.reverses and found.reversed_by is None
    may_read = may_on(request.user, "clinical.view", one.contract)
    return render(
        request,
        "baseline/record.html",
        {
            "record": one,
            **_recording(request, one, service, stands=stands, may_read=may_read),
            "shown": identity(request.user, [one.member])[one.member_id],
            "member_opens": Member.objects.visible_to(request.user).filter(pk=one.member_id).exists(),
            "service": service,
            "links": found,
            # of baseline work an attempt and a delivery are two things, whatever else they have in common
            "attempts_apart": service is not None
            and not service.episodic
            and (one.attempted or bool(found.original and found.original.attempted)),
            "state": state_of(
                one,
                reversed_by=found.reversed_by.pk if found.reversed_by else None,
                episodic=one.service in episodic_codes(one.contract_id),
            ),
            "history": record_history(request.user, one),
            "may_see_money": may(request.user, "cycle.view"),
            "may_open_feeds": may_on(request.user, "feed.view", one.contract),
        },
    )


def _recording(
    request: HttpRequest, one: Activity, service: Service | None, *, stands: bool, may_read: bool
) -> dict[str, Any]:
    """What recording and verification add to the page of a record."""
    user = request.user
    own = corrects(user, one)
    episodic = service is not None and service.episodic
    [found] = counted([one])
    return {
        "told": told(found, one.contract, with_money=may_on(user, "cycle.view", one.contract)),
        "asks_episode": stands
        and found.code in ("no_authorization", "units_exceeded")
        and may_on(user, "request.make", one.contract),
        "may_read": may_read,
        "answers": answers(one, service),
        "present": present(one) if may_read else "",
        "details": details(one, service) if may_read else [],
        "outcome": OUTCOMES.get(one.outcome, one.outcome),
        "may_correct": stands and own and one.source == Source.PRODUCT,
        "may_reverse": stands and own,
        "may_verify": stands
        and episodic
        and one.rejected_on is None
        and may_on(user, "activity.verify", one.contract)
        and not own_work(user, one),
    }


def _list(request: HttpRequest, *, rows: Any, **options: Any) -> HttpResponse:
    return list_page(
        request,
        rows=rows.select_related("member", "contract").order_by("-occurred_on", "-pk"),
        table_options={"user": request.user},
        filters=filters.ActivityFilter,
        filter_options={"user": request.user},
        members=lambda found: identified(request.user, [one.member for one in found]),
        may_export=may(request.user, "activity.export"),
        **options,
    )
