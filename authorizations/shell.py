"""What decisions add to the shell: navigation, my work, search and help."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import help as guide
from accounts import menu, search, work
from accounts.permissions import may, sides
from authorizations.models import MissedEscalation, Request, SecondLook, Status
from authorizations.operations import merged
from authorizations.queries import episodes
from authorizations.queries.levels import lapsed_count
from authorizations.queries.queue import counts
from authorizations.tables import asked_for
from baseline.queries import authorisation
from blended_pilot.kernel.templatetags.kit import month_text
from eligibility.operations import merges
from eligibility.queries.identities import identity
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in

ANSWERS_SHOWN = 5


def waiting(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """The queue for those who decide, questions and drafts for those who asked, and whom nobody asked for."""
    if may(user, "request.decide"):
        yield from _to_decide(user, now)
    if may(user, "request.make"):
        yield from _to_answer(user)
    if may(user, "escalation.set_aside") and (
        count := MissedEscalation.objects.visible_to(user).filter(ended_at=None).count()
    ):
        yield work.WorkItem(
            _("Requests"),
            _("Members who meet a trigger and for whom nobody has asked"),
            reverse("authorizations:missed"),
            count=count,
            tone="warn",
        )


def _to_decide(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    group, here = _("Requests"), reverse("authorizations:queue")
    found = counts(user, now)
    if found.overdue:
        yield work.WorkItem(group, _("Overdue decisions"), f"{here}?due=overdue", count=found.overdue, tone="bad")
    if found.mine:
        yield work.WorkItem(group, _("Requests given to you"), f"{here}?whose=mine", count=found.mine, tone="info")
    if found.unassigned:
        yield work.WorkItem(
            group, _("Requests that nobody has taken"), f"{here}?whose=nobody", count=found.unassigned, tone="warn"
        )
    today = today_in(list(contracts_of(user)[:1]), now)
    if without := lapsed_count(user, today):
        yield work.WorkItem(
            group,
            _("Levels lapsed without a decision"),
            reverse("authorizations:lapsed"),
            detail=_("Care goes on, and the paid level has fallen."),
            count=without,
            tone="bad",
        )


def _to_answer(user: Any) -> Iterator[work.WorkItem]:
    mine = Request.objects.visible_to(user).filter(requested_by=user)
    asked = mine.filter(status=Status.QUESTIONED).order_by("due_at", "pk").select_related("contract")
    for request in asked[:ANSWERS_SHOWN]:
        yield work.WorkItem(
            _("Requests"),
            _("%(request)s: answer the question") % {"request": request},
            reverse("authorizations:request", args=[request.pk]),
            due_at=request.due_at and request.due_at.astimezone(ZoneInfo(request.contract.timezone)),
            tone="warn",
        )
    if drafts := mine.filter(status=Status.DRAFT).count():
        yield work.WorkItem(
            _("Requests"),
            _("Your drafts"),
            f"{reverse('authorizations:requests')}?status=draft&whose=mine",
            count=drafts,
            tone="info",
        )


def find(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    """Requests by their number: RQ-12."""
    number = text.strip().upper().removeprefix("RQ-")
    if not may(user, "request.view") or not (number.isascii() and number.isdecimal() and len(number) < 10):
        return
    rows = Request.objects.visible_to(user).filter(number=int(number)).select_related("member").order_by("pk")[:limit]
    for request in rows:
        shown = identity(user, [request.member])[request.member_id]
        yield search.Hit(
            title=str(request),
            url=reverse("authorizations:request", args=[request.pk]),
            detail=f"{asked_for(request)}, {shown.label}",
            members=(request.member_id,) if shown.identified else (),
        )


work.register(waiting)
search.register("requests", search.Provider(gettext_lazy("Requests"), find, order=15))

for label, page, needs, icon, order in (
    (gettext_lazy("Queue"), "authorizations:queue", "queue.view", "inbox", 10),
    (gettext_lazy("Requests"), "authorizations:requests", "request.view", "clipboard-list", 20),
    (gettext_lazy("Levels to decide"), "authorizations:review_due", "request.view", "calendar", 40),
    (gettext_lazy("Missed escalations"), "authorizations:missed", "escalation.missed", "flag", 50),
):
    menu.register(menu.Entry(label, page, needs, menu.Group.CARE, icon, order=order))

guide.register(
    guide.Topic(
        "assessments",
        gettext_lazy("Assessments"),
        pages=(
            "authorizations:assessment",
            "authorizations:record_assessment",
            "authorizations:supersede_assessment",
            "authorizations:withdraw_assessment",
        ),
        order=29,
    )
)
guide.register(
    guide.Topic(
        "requests",
        gettext_lazy("Requests for levels and episodes"),
        pages=(
            "authorizations:requests",
            "authorizations:new",
            "authorizations:request",
            "authorizations:change",
            "authorizations:withdraw",
        ),
        order=30,
    )
)
guide.register(
    guide.Topic(
        "queue",
        gettext_lazy("The queue and deciding"),
        pages=(
            "authorizations:queue",
            "authorizations:review",
            "authorizations:assign",
            "authorizations:release",
            "authorizations:conflict",
        ),
        order=31,
    )
)
guide.register(
    guide.Topic(
        "levels-to-decide",
        gettext_lazy("Levels to decide, and missed escalations"),
        pages=(
            "authorizations:review_due",
            "authorizations:lapsed",
            "authorizations:missed",
            "authorizations:set_aside",
        ),
        order=32,
    )
)

authorisation.register(episodes.in_force)
merges.follow(before_merging=merged.before_merging, before_parting=merged.before_parting)
menu.register(
    menu.Entry(
        gettext_lazy("Register"),
        "authorizations:register",
        "register.view",
        menu.Group.CARE,
        icon="list-details",
        order=30,
    )
)
menu.register(
    menu.Entry(
        gettext_lazy("Episodes"), "authorizations:episodes", "episode.view", menu.Group.CARE, icon="hourglass", order=40
    )
)
guide.register(
    guide.Topic(
        "register",
        gettext_lazy("The register of decisions"),
        ("authorizations:register", "authorizations:decision", "authorizations:supersede", "authorizations:void"),
        order=44,
    )
)
guide.register(
    guide.Topic(
        "episodes",
        gettext_lazy("Episodes"),
        ("authorizations:episodes", "authorizations:episode", "authorizations:end_episode", "authorizations:run_on"),
        order=45,
    )
)
menu.register(
    menu.Entry(
        gettext_lazy("Decisions in figures"),
        "authorizations:standing",
        "standing.view",
        menu.Group.OVERSIGHT,
        icon="chart-bar",
        order=60,
    )
)
menu.register(
    menu.Entry(
        gettext_lazy("Second looks"),
        "authorizations:second_looks",
        "second_look.view",
        menu.Group.OVERSIGHT,
        icon="eye",
        order=61,
    )
)
guide.register(
    guide.Topic("decisions-in-figures", gettext_lazy("Decisions in figures"), ("authorizations:standing",), order=46)
)
guide.register(
    guide.Topic(
        "second-look",
        gettext_lazy("The second look"),
        ("authorizations:second_looks", "authorizations:second_look"),
        order=47,
    )
)


def second_looks(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Drawn cases that wait for this person: a heap for each contract and month."""
    where = sides(user, "second_look.give").commissioner
    if not where:
        return
    waiting = SecondLook.objects.filter(contract__commissioner__in=where, looked_at=None).exclude(
        decision__decided_by=user
    )
    heaps = waiting.exclude(decision__requested_by=user).values("contract", "contract__code", "round__month")
    for heap in heaps.annotate(cases=Count("pk")).order_by("round__month", "contract__code"):
        yield work.WorkItem(
            group=_("Second look"),
            title=ngettext(
                "%(cases)s decision of %(month)s to look at again",
                "%(cases)s decisions of %(month)s to look at again",
                heap["cases"],
            )
            % {"cases": heap["cases"], "month": month_text(heap["round__month"])},
            url=reverse("authorizations:second_looks") + f"?contract={heap['contract']}&state=waiting",
            detail=heap["contract__code"],
            count=heap["cases"],
        )


work.register(second_looks)
