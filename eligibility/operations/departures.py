"""How a member leaves a contract: discharge, death, transfer, withdrawn consent; and how that is taken back.

Money follows as a difference in the next cycle, however far back the last day lies.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.operations.facts import hold_open
from eligibility.models import Assignment, CoverageSpan, Departure, DepartureKind, LevelSpan, Member, Source
from eligibility.operations.keeping import as_data, from_data


class NotCovered(Refused):
    """The member is not covered on or after the day."""


class DetailMissing(Refused):
    """A transfer names where to; every departure says why."""


class NotYet(Refused):
    """What is recorded has not happened yet."""


class TakenBack(Refused):
    """The departure was taken back already, or its days are taken by now."""


def depart(
    *,
    contract_id: int,
    member_id: int,
    kind: str,
    last_day: date,
    reason: str,
    actor: User,
    now: datetime,
    transferred_to: str = "",
) -> Departure:
    """The member's coverage, level and assignment have no day after `last_day`. Raises NotAllowed, NotCovered,
    DetailMissing, NotYet.
    """
    with recording(actor=actor, reason=reason):
        contract = _may(contract_id, actor)
        Member.objects.select_for_update().get(pk=member_id, organisation_id=contract.provider_id)
        if kind == DepartureKind.TRANSFER and not transferred_to.strip():
            raise DetailMissing(_("Say where the person is transferred to."))
        if not reason.strip():
            raise DetailMissing(_("Say why the person leaves."))
        if kind == DepartureKind.DEATH and last_day > now.astimezone(ZoneInfo(contract.timezone)).date():
            raise NotYet(_("A death cannot lie in the future: give the day on which the person died."))
        before = last_day + DAY
        ended = {
            "coverage": cut_coverage(contract_id=contract_id, member_id=member_id, day=before),
            "levels": _cut(LevelSpan.objects.filter(contract_id=contract_id, member_id=member_id), before),
        }
        if not ended["coverage"]:
            raise NotCovered(_("This person is not covered after that day."))
        if not CoverageSpan.objects.filter(member_id=member_id, ends_before=None).exists():
            ended["assignments"] = _cut(Assignment.objects.filter(member_id=member_id), before)
        return Departure.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            member_id=member_id,
            kind=kind,
            last_day=last_day,
            transferred_to=transferred_to.strip(),
            reason=reason.strip(),
            ended=ended,
            recorded_by=actor,
            recorded_at=now,
        )


def take_back(*, departure_id: int, reason: str, actor: User, now: datetime) -> Departure:
    """The member did not leave: what ended goes on as it would have. Raises NotAllowed, TakenBack."""
    with recording(actor=actor, reason=reason):
        _may(Departure.objects.values_list("contract_id", flat=True).get(pk=departure_id), actor)
        departure = Departure.objects.select_for_update().get(pk=departure_id)
        if departure.taken_back_at is not None:
            raise TakenBack(_("This was taken back already."))
        member = {"member_id": departure.member_id}
        Member.objects.select_for_update().get(pk=departure.member_id)
        under = {**member, "contract_id": departure.contract_id}
        for name, model, rows in (
            ("coverage", CoverageSpan, under),
            ("levels", LevelSpan, under),
            ("assignments", Assignment, member),
        ):
            _restore(model, rows, departure.ended.get(name, ()), departure.last_day)
        departure.taken_back_at, departure.taken_back_by = now, actor
        departure.save()
        return departure


def cut_coverage(*, contract_id: int, member_id: int, day: date) -> list[dict[str, Any]]:
    """No coverage from `day` on; the spans as they were. Inside a transaction that holds the contract's facts open.

    What is cut here belongs to the product, as every coverage that is mended by hand.
    """
    return _cut(CoverageSpan.objects.filter(contract_id=contract_id, member_id=member_id), day)


def _cut(spans: Any, day: date) -> list[dict[str, Any]]:
    was = []
    for span in spans.select_for_update().order_by("starts_on"):
        if span.ends_before is not None and span.ends_before <= day:
            continue
        was.append(as_data(span))
        if span.starts_on >= day:
            span.delete()
            continue
        span.ends_before = day
        span.source = Source.PRODUCT
        span.save()
    return was


def _restore(model: Any, rows: dict[str, int], kept: Any, last_day: date) -> None:
    later = model.objects.filter(**rows, starts_on__gt=last_day)
    if kept and later.exists():
        raise TakenBack(_("Since then this person has come back; end that time first, or correct the days by hand."))
    for values in kept:
        span = from_data(model, values)
        living = model.objects.select_for_update().filter(**rows, pk=values["id"]).first()
        if living is not None:
            if living.ends_before != last_day + DAY:
                raise TakenBack(_("The days were corrected by hand since then; correct them again by hand."))
            span.pk = living.pk
        else:
            span.pk = None
        span.source = Source.PRODUCT
        span.save()


def _may(contract_id: int, actor: User) -> Contract:
    contract = hold_open(contract_id)
    require_on(
        actor,
        "member.depart",
        contract,
        _("Only intake, a supervisor or a clinical lead of the provider records that a member leaves."),
    )
    return contract
