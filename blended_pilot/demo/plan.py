"""What the parties expected before the term: member-months by level, cohort and place, and units of priced services."""

from collections.abc import Iterator
from decimal import Decimal

from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import TERM_MONTHS, Story
from blended_pilot.demo.terms import BASE_RATES
from blended_pilot.kernel.money import rounded

PLAN_COLUMNS = ("month", "level", "cohort", "geography", "service", "quantity", "amount")
MIX = {"L1": Decimal("0.56"), "L2": Decimal("0.31"), "L3": Decimal("0.11"), "L4": Decimal("0.02")}
PRICES = {"crisis_visit": Decimal(186), "specialist": Decimal(310), "inpatient_day": Decimal(1480)}
PER_MEMBER_MONTH = {"crisis_visit": Decimal("0.026"), "specialist": Decimal("0.036"), "inpatient_day": Decimal("0.022")}


def _enrolled(provider: Provider, number: int) -> Decimal:
    """Members expected in a month: three quarters at the start, growing as long as the plan could see."""
    return Decimal(provider.members) * (Decimal("0.66") + Decimal("0.0125") * min(number, 18))


def plan_rows(story: Story, provider: Provider) -> Iterator[dict[str, str]]:
    """Every line of the plan over the term; quantities to one place, amounts to cents."""
    services = [service for service in PRICES if provider.larger or service == "crisis_visit"]
    for number in range(max(TERM_MONTHS, story.months + 1)):
        month, enrolled = f"{story.month(number):%Y-%m}", _enrolled(provider, number)
        for place in provider.places:
            living = enrolled * Decimal(str(place.share))
            for cohort, share in provider.cohorts:
                for level, part in MIX.items():
                    quantity = rounded(living * Decimal(str(share)) * part, 1)
                    yield {
                        "month": month,
                        "level": level,
                        "cohort": cohort,
                        "geography": place.geography,
                        "quantity": str(quantity),
                        "amount": str(rounded(quantity * BASE_RATES[level], 2)),
                    }
            for service in services:
                quantity = rounded(living * PER_MEMBER_MONTH[service], 1)
                yield {
                    "month": month,
                    "geography": place.geography,
                    "service": service,
                    "quantity": str(quantity),
                    "amount": str(rounded(quantity * PRICES[service], 2)),
                }
