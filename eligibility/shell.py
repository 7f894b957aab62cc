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
from eligibility.models import Member, Referral
from eligibility.queries.identities import identity
from eligibility.queries.members import contracts_of, in_order, searched
from eligibility.queries.profile import today_in
from eligibility.queries.referrals import to_answer
from eligibility.queries.waiting import drafts, my_member_count, to_verify, without_lead, without_level


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


def to_do_at_intake(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Referrals that nobody has answered, that wait to be verified, and determinations that are not finished."""
    group, referrals = _("Intake"), reverse("eligibility:referrals")
    if may(user, "referral.record"):
        open_, overdue = to_answer(user, now)
        if overdue:
            yield work.WorkItem(
                group,
                _("Referrals whose answer is overdue"),
                f"{referrals}?answered=overdue",
                count=overdue,
                tone="bad",
            )
        if open_ - overdue:
            yield work.WorkItem(
                group, _("Referrals to answer"), f"{referrals}?answered=waiting", count=open_ - overdue, tone="info"
            )
    if may(user, "referral.verify") and (count := to_verify(user)):
        yield work.WorkItem(
            group,
            _("Referrals to verify"),
            f"{referrals}?verified=no",
            detail=_("Only verified referrals count for money."),
            count=count,
            tone="warn",
        )
    if may(user, "determination.make") and (count := drafts(user)):
        address = f"{reverse('eligibility:determinations')}?status=draft"
        yield work.WorkItem(group, _("Determinations to complete"), address, count=count, tone="info")


def find_referrals(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    if not may(user, "referral.view"):
        return
    rows = Referral.objects.visible_to(user).filter(referral_ref__istartswith=text.strip()).order_by("referral_ref")
    for one in rows[:limit]:
        yield search.Hit(
            title=one.referral_ref, url=reverse("eligibility:referral", args=[one.pk]), detail=one.referred_by
        )


work.register(waiting)
work.register(to_do_at_intake)
search.register("referrals", search.Provider(gettext_lazy("Referrals"), find_referrals, order=15))
search.register("members", search.Provider(gettext_lazy("Members"), find, order=10))

for label, page, needs, icon in (
    (gettext_lazy("Members"), "eligibility:members", "member.view", "users"),
    (gettext_lazy("My members"), "eligibility:caseload", "member.identity", "user-check"),
    (gettext_lazy("Referrals"), "eligibility:referrals", "referral.view", "inbox"),
    (gettext_lazy("Determinations"), "eligibility:determinations", "determination.view", "clipboard-check"),
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
    guide.Topic(
        "intake",
        gettext_lazy("Referrals, eligibility and evidence"),
        pages=(
            "eligibility:referrals",
            "eligibility:referral",
            "eligibility:new_referral",
            "eligibility:correct_referral",
            "eligibility:determine",
            "eligibility:determinations",
            "eligibility:determination",
            "eligibility:determine_again",
            "eligibility:abandon",
            "eligibility:depart",
            "eligibility:take_back",
            "eligibility:merge",
            "eligibility:unmerge",
            "eligibility:evidence",
            "eligibility:evidence_preview",
        ),
        order=19,
    )
)
guide.register(
    guide.Topic("assignments", gettext_lazy("Teams, practitioners and assignments"), pages=("eligibility:*",), order=21)
)
