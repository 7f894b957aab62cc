"""What delivered work adds to the shell: navigation, search and help."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import help as guide
from accounts import menu, search, work
from accounts.permissions import may
from baseline.models import Activity
from baseline.queries.activity import service_name
from baseline.queries.included import not_read, to_read
from baseline.queries.verification import sent_back_to, waits_for
from baseline.queries.waiting import (
    events_of,
    events_without_owner,
    follow_ups_of,
    open_actions,
    weeks_to_sign,
)
from eligibility.models import Source
from eligibility.queries.members import contracts_of as contracts_of_members
from eligibility.queries.profile import today_in

MOST_SENT_BACK = 10  # more than that are found in the list of delivered work


def find(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    """Records by their whole reference or its beginning."""
    if not may(user, "activity.view"):
        return
    found = Activity.objects.visible_to(user).filter(activity_ref__startswith=text.strip())
    for record in found.order_by("activity_ref", "pk")[:limit]:
        yield search.Hit(
            title=record.activity_ref,
            url=reverse("baseline:activity", args=[record.pk]),
            detail=f"{record.service}, {date_format(record.occurred_on)}",
        )


def care_waiting(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Follow-ups of one's members, actions and events that one owns, and weeks that a supervisor has to sign."""
    today = today_in(list(contracts_of_members(user)[:1]), now)
    group = gettext("Care")
    if may(user, "follow_up.view") and (found := follow_ups_of(user, today)).waiting:
        yield work.WorkItem(
            group,
            gettext("Follow-ups of my members"),
            f"{reverse('baseline:follow_ups')}?state=open&mine=true",
            detail=gettext("%(late)s are overdue.") % {"late": found.late},
            count=found.waiting,
            tone="bad" if found.late else "info",
        )
    for action in open_actions(user):
        yield work.WorkItem(
            gettext("Weekly reviews"),
            action.text,
            reverse("baseline:action", args=[action.pk]),
            due_at=action.due_at,
            tone="bad" if action.due_on < today else "",
        )
    if may(user, "event.view"):
        for event in events_of(user):
            yield work.WorkItem(
                gettext("Complaints and safety signals"),
                f"{event.get_kind_display()} {event.event_ref}",
                reverse("baseline:event", args=[event.pk]),
                due_at=event.due_at,
                tone="bad" if event.due_on and event.due_on < today else "",
            )
    if may(user, "event.close") and (found := events_without_owner(user)).waiting:
        yield work.WorkItem(
            gettext("Complaints and safety signals"),
            gettext("Open, and nobody deals with them"),
            f"{reverse('baseline:events')}?state=open&owned=false",
            detail=ngettext("%(severe)s is severe.", "%(severe)s are severe.", found.severe) % {"severe": found.severe}
            if found.severe
            else "",
            count=found.waiting,
            tone="bad" if found.severe else "warn",
        )
    if may(user, "caseload.sign"):
        for contract, number in weeks_to_sign(user, now):
            yield work.WorkItem(
                gettext("Weekly reviews"),
                gettext("Weeks of %(contract)s to review and sign") % {"contract": contract.code},
                f"{reverse('baseline:weeks')}?contract={contract.code}",
                count=number,
                tone="warn",
            )


def records_waiting(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Records sent back, records to verify, and versions that have not been read."""
    group = _("Delivered work")
    if may(user, "activity.record"):
        for one in sent_back_to(user).select_related("contract")[:MOST_SENT_BACK]:
            yield work.WorkItem(
                group,
                (
                    gettext("%(reference)s was sent back: correct or reverse it")
                    if one.source == Source.PRODUCT
                    else gettext("%(reference)s was sent back: have it corrected at its source, or reverse it")
                )
                % {"reference": one.activity_ref},
                reverse("baseline:activity", args=[one.pk]),
                detail=gettext("%(service)s of %(day)s")
                % {"service": service_name(one), "day": date_format(one.occurred_on)},
                tone="bad",
            )
    if may(user, "activity.verify") and (waits := waits_for(user)).records:
        since = gettext("The oldest is of %(day)s.") % {"day": date_format(waits.since)} if waits.since else ""
        yield work.WorkItem(
            group,
            _("Episodic records to verify"),
            reverse("baseline:verification"),
            detail=since,
            count=waits.records,
            tone="warn",
        )
    for version in to_read(user):
        yield work.WorkItem(
            _("What is included"),
            gettext("Read what %(contract)s, version %(number)s includes, and confirm it")
            % {"contract": version.contract.code, "number": version.number},
            reverse("baseline:included_version", args=[version.contract.code, version.number]),
            detail=gettext("In force from %(day)s.") % {"day": date_format(version.in_force_from)},
            tone="info",
        )
    if may(user, "included.oversee"):
        for one in not_read(user):
            address = reverse("baseline:readers", args=[one.version.contract.code, one.version.number])
            yield work.WorkItem(
                _("What is included"),
                gettext("Have not read %(contract)s, version %(number)s")
                % {"contract": one.version.contract.code, "number": one.version.number},
                f"{address}?read=no",
                count=one.people,
                tone="info",
            )


work.register(records_waiting)
work.register(care_waiting)
search.register("activity", search.Provider(_("Delivered work"), find, order=20))
for label, page, needs, icon, order in (
    (_("My people"), "baseline:caseload", "activity.record", "user-check", 5),
    (_("Delivered work"), "baseline:activities", "activity.view", "activity", 60),
    (_("Verification"), "baseline:verification", "activity.verification", "clipboard-check", 61),
):
    menu.register(menu.Entry(label, page, needs, menu.Group.MEMBERS, icon, order=order))
menu.register(
    menu.Entry(
        _("What is included"), "baseline:included_first", "contract.view", menu.Group.CONTRACTS, "list-check", order=15
    )
)
guide.register(
    guide.Topic(
        "recording",
        _("Recording delivered work"),
        pages=(
            "baseline:caseload",
            "baseline:record",
            "baseline:group",
            "baseline:correct",
            "baseline:reverse",
            "baseline:forecast",
        ),
        order=31,
    )
)
guide.register(
    guide.Topic(
        "verification",
        _("Verification"),
        pages=(
            "baseline:verification",
            "baseline:verification_batches",
            "baseline:verification_batch",
            "baseline:confirm_batch",
            "baseline:verify",
            "baseline:reject",
        ),
        order=32,
    )
)
guide.register(
    guide.Topic(
        "included",
        _("What is included"),
        pages=("baseline:included_version", "baseline:ask", "baseline:readers"),
        order=33,
    )
)
guide.register(guide.Topic("activity", _("Delivered work"), pages=("baseline:*",), order=30))
for label, page, needs, icon, order in (
    (_("Follow-ups"), "baseline:follow_ups", "follow_up.view", "clock", 61),
    (_("Weekly reviews"), "baseline:weeks", "caseload.view", "clipboard-check", 62),
    (_("Actions"), "baseline:actions", "action.view", "check", 63),
    (_("Complaints and safety"), "baseline:events", "event.view", "alert-triangle", 64),
):
    menu.register(menu.Entry(label, page, needs, menu.Group.MEMBERS, icon, order=order))

for slug, title, pages, order in (
    (
        "follow-ups",
        _("Follow-ups"),
        ("baseline:follow_ups", "baseline:cancel_follow_up", "baseline:follow_ups_in_time"),
        31,
    ),
    (
        "weekly-reviews",
        _("Weekly reviews"),
        (
            "baseline:weeks",
            "baseline:week",
            "baseline:week_members",
            "baseline:look",
            "baseline:actions",
            "baseline:action",
        ),
        32,
    ),
    (
        "events",
        _("Complaints and safety signals"),
        (
            "baseline:events",
            "baseline:event_groups",
            "baseline:event",
            "baseline:record_event",
            "baseline:take_up_event",
            "baseline:close_event",
            "baseline:safeguarding",
        ),
        33,
    ),
):
    guide.register(guide.Topic(slug, title, pages=pages, order=order))
