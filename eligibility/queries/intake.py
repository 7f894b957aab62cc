"""Referrals and determinations as one reader may see them: whose identity a row shows, and its history in sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import sides
from blended_pilot.kernel.changes import ADDED, changes
from eligibility.models import Departure, Determination, Evidence, Member, MemberMerge, Referral
from eligibility.queries.determinations import one_person
from eligibility.queries.evidence import of_members
from eligibility.queries.history import FieldChange, HistoryEntry
from eligibility.queries.identities import identified
from eligibility.queries.words import spoken

LABELS = {
    "received_at": gettext_lazy("Received"),
    "referred_by": gettext_lazy("Who referred"),
    "urgency": gettext_lazy("Urgency"),
    "geography": gettext_lazy("Geography"),
    "cohort": gettext_lazy("Cohort"),
    "first_response_at": gettext_lazy("First response"),
    "disposition": gettext_lazy("What became of it"),
    "verified_on": gettext_lazy("Verified"),
    "verified_by": gettext_lazy("Verified by"),
}


def may_see_staff(user: Any, organisation_id: int) -> bool:
    """Whether the reader may know the provider's people by name: the provider's own, and the auditor's business."""
    where = sides(user, "team.view")
    return organisation_id in where.provider or bool(where.commissioner)


def shows_person(user: Any, referrals: Iterable[Referral]) -> list[int]:
    """The ids of members whose identity these referrals tell the reader; their `member` is loaded."""
    return identified(user, [one.member for one in referrals if one.member is not None])


def referral_history(user: Any, referral: Referral, words: Mapping[str, Mapping[str, Any]]) -> list[HistoryEntry]:
    """Every change of the referral's own figures, the latest first; who it is about is not among them.

    `words` are what the codes of a field stand for, by field.
    """
    # who of the provider did it, and why in their words, is the provider's own affair
    own = referral.organisation_id in sides(user, "referral.view").provider
    fields = tuple(name for name in LABELS if own or name != "verified_by")
    rows = Referral.history.model.objects.filter(id=referral.pk).order_by("id", "history_id").values()
    found = list(changes(rows, fields))
    zone = ZoneInfo(referral.contract.timezone)

    def told(field: str, value: Any) -> str:
        if isinstance(value, str):
            return spoken(str(words.get(field, {}).get(value, value)))
        return spoken(value.astimezone(zone) if isinstance(value, datetime) else value)

    people = dict(User.objects.filter(pk__in={one.by_id for one in found if one.by_id}).values_list("pk", "name"))
    return [
        HistoryEntry(
            at=one.at,
            by=(people.get(one.by_id, "") if own else _("a name that is not shown")) if one.by_id else "",
            sentence=_("The referral was written into the log.")
            if one.kind == ADDED
            else _("The referral was changed."),
            fields=tuple(
                FieldChange(str(LABELS[step.field]), told(step.field, step.before), told(step.field, step.after))
                for step in one.steps
            ),
            reason=one.reason if own else "",
        )
        for one in reversed(found)
    ]


@dataclass(frozen=True)
class Intake:
    """How a member came in, left, and whom they turned out to be; empty for whoever may not read it."""

    referrals: tuple[Referral, ...]
    determinations: tuple[Determination, ...]
    evidence: tuple[Evidence, ...]
    departures: tuple[Departure, ...]
    merges: tuple[MemberMerge, ...]  # others who live on as this member
    merged_as: MemberMerge | None  # the member as whom this one lives on

    def __bool__(self) -> bool:
        return bool(
            self.referrals or self.determinations or self.evidence or self.departures or self.merges or self.merged_as
        )


def intake_of(user: Any, member: Member) -> Intake:
    """What `user` may see of it: each part by its own permission."""
    ids = one_person(member.pk)
    merges = MemberMerge.objects.visible_to(user).filter(undone_at=None).select_related("kept", "merged")
    return Intake(
        referrals=tuple(
            Referral.objects.visible_to(user).filter(member__in=ids).select_related("contract").order_by("-received_at")
        ),
        determinations=tuple(
            Determination.objects.visible_to(user)
            .filter(member__in=ids)
            .select_related("contract")
            .order_by("-begun_at", "-pk")
        ),
        evidence=tuple(
            Evidence.objects.visible_to(user)
            .filter(pk__in=of_members(ids).values("pk"))
            .select_related("contract", "uploaded_by")
            .order_by("-uploaded_at", "-pk")
        ),
        departures=tuple(
            Departure.objects.visible_to(user)
            .filter(member__in=ids)
            .select_related("contract", "recorded_by")
            .order_by("-recorded_at", "-pk")
        ),
        merges=tuple(merges.filter(kept=member).order_by("pk")),
        merged_as=merges.filter(merged=member).first(),
    )
