"""What weekly reviews asked somebody to do, and what of it is overdue."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from baseline.models import ReviewAction
from contracts.models import Contract


def overdue_actions(contract: Contract, team: int, before: date) -> int:
    """Actions from the team's reviews that were due before the day and not done by then."""
    theirs = ReviewAction.objects.filter(review__contract=contract, review__team=team or None)
    return theirs.filter(overdue_at(before, [contract.timezone])).count()


def overdue_at(before: date, timezones: Iterable[str]) -> Q:
    """Actions that were due before the day and not done when it began in their contract's timezone, one of these."""
    done_later = Q(done_at=None)
    for zone in timezones:
        midnight = datetime.combine(before, time.min, tzinfo=ZoneInfo(zone))
        done_later |= Q(review__contract__timezone=zone, done_at__gte=midnight)
    return done_later & Q(due_on__lt=before)
