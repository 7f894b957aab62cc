"""What members add to the shell: navigation, my work, search and help."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import help as guide
from accounts import menu, search, work
from accounts.permissions import may
from eligibility.models import Member
from eligibility.queries.identities import identity
from eligibility.queries.members import contracts_of, in_order, searched
from eligibility.queries.profile import today_in
from eligibility.queries.waiting import my_member_count, without_lead, without_level


def waiting(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Members without anybody to look after them, without a level, and one's own members."""
    if not may(user, "member.view"):
        return
    today = today_in(list(contracts_of(user)[:1]), now)
    members = reverse("eligibility:members")
    group = _("Members")
    if may(user, "member.assign") and (count := without_lead(user, today)):
        yield work.WorkItem(
            group,
            _("Covered members whom nobody looks after"),
            f"{members}?covered=yes&practitioner=none&team=none",
            detail=_("Assign a practitioner or a team."),
            count=count,
            tone="warn",
        )
    if may(user, "coverage.correct") and (count := without_level(user, today)):
        yield work.WorkItem(
            group,
            _("Covered members without a decided level"),
            f"{members}?covered=yes&level=none",
            detail=_("They count at the provisional or the lapsed level of the terms."),
            count=count,
            tone="warn",
        )
    if may(user, "member.identity") and (count := my_member_count(user, today)):
        yield work.WorkItem(group, _("My members"), reverse("eligibility:caseload"), count=count, tone="info")


def find(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    if not may(user, "member.view"):
        return
    found = list(in_order(user, searched(user, Member.objects.visible_to(user), text), "code")[:limit])
    for pk, shown in identity(user, found).items():
        yield search.Hit(
            title=shown.label,
            url=reverse("eligibility:member", args=[pk]),
            detail=shown.code if shown.name else "",
            members=(pk,) if shown.identified else (),
        )


work.register(waiting)
search.register("members", search.Provider(gettext_lazy("Members"), find, order=10))

for label, page, needs, icon in (
    (gettext_lazy("Members"), "eligibility:members", "member.view", "users"),
    (gettext_lazy("My members"), "eligibility:caseload", "member.identity", "user-check"),
    (gettext_lazy("Teams"), "eligibility:teams", "team.view", "users-group"),
    (gettext_lazy("Practitioners"), "eligibility:practitioners", "team.view", "stethoscope"),
):
    menu.register(menu.Entry(label, page, needs, menu.Group.MEMBERS, icon, order=10))

guide.register(
    guide.Topic(
        "members",
        gettext_lazy("Members, coverage and levels"),
        pages=(
            "eligibility:members",
            "eligibility:member",
            "eligibility:history",
            "eligibility:access",
            "eligibility:correct_dates",
            "eligibility:change_group",
            "eligibility:void_coverage",
            "eligibility:add_coverage",
        ),
        order=20,
    )
)
guide.register(
    guide.Topic("assignments", gettext_lazy("Teams, practitioners and assignments"), pages=("eligibility:*",), order=21)
)
