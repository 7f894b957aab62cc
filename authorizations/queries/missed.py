"""Members whose record might meet a trigger: found set by set, judged one by one afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from authorizations.models import Assessment
from authorizations.queries.record import longest_window
from baseline.models import Activity, FollowUp
from contracts.rules.document import Authorization
from contracts.rules.document.care import ActivityTrigger, FollowUpTrigger, ScoreTrigger
from eligibility.models import CoverageSpan, LevelSpan


@dataclass(frozen=True)
class AtLevel:
    """The level decided last for a covered member, and since when it is in force."""

    level: str
    since: date | None


def candidates(contract_id: int, today: date, authorization: Authorization) -> list[int]:
    """Ids in order. One query for each kind of trigger, whatever the number of members."""
    found: set[int] = set()
    first = today - timedelta(days=longest_window(authorization))
    for trigger in authorization.triggers.list_ if authorization.triggers else ():
        if isinstance(trigger, ActivityTrigger):
            records = Activity.objects.filter(
                contract=contract_id, occurred_on__gte=first, occurred_on__lte=today, attempted=False, reverses=""
            )
            if trigger.planned is not None:
                records = records.filter(planned=trigger.planned)
            if trigger.service:
                records = records.filter(service=trigger.service)
            many = records.values("member").annotate(records=Count("pk")).filter(records__gte=trigger.count)
            found |= set(many.values_list("member", flat=True))
        elif isinstance(trigger, ScoreTrigger):
            scores = Assessment.objects.filter(
                contract=contract_id, instrument=trigger.instrument, assessed_on__gte=first
            )
            valid = scores.filter(withdrawn_at=None, superseded_by=None)
            several = valid.values("member").annotate(scores=Count("pk")).filter(scores__gte=2)
            found |= set(several.values_list("member", flat=True))
        elif isinstance(trigger, FollowUpTrigger):
            late = FollowUp.objects.overdue(today - timedelta(days=trigger.days - 1)).filter(contract=contract_id)
            found |= set(late.values_list("member", flat=True))
    return sorted(found)


def care_levels(contract_id: int, member_ids: Iterable[int], today: date) -> dict[int, AtLevel]:
    """Of the members who are covered on the day and have had a level decided. Two queries."""
    covered = set(
        CoverageSpan.objects.on(today)
        .filter(contract=contract_id, member__in=list(member_ids))
        .values_list("member", flat=True)
    )
    spans = (
        LevelSpan.objects.filter(contract=contract_id, member__in=covered, starts_on__lte=today)
        .order_by("member", "-starts_on")
        .distinct("member")
    )
    return {span.member_id: AtLevel(span.level, span.starts_on) for span in spans}
