"""Who asked for a place: the log of the referral system month by month, and this fortnight's intake by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from blended_pilot.demo.names import FAMILY, GIVEN
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story

RESPONSE_HOURS = {"routine": 120, "urgent": 24}
ELIGIBILITY: dict[str, Any] = {
    "criteria": [
        {"code": "resident", "text": "Lives in the county", "evidence": "required"},
        {"code": "condition", "text": "At least one qualifying long-term condition", "evidence": "required"},
        {"code": "consent", "text": "Agreed to take part", "evidence": "required"},
        {"code": "not_acute", "text": "Not an inpatient on the start date"},
    ],
    "all_of": ["resident", "condition", "consent", "not_acute"],
    "provisional_level": "L1",
    "referral_response_hours": RESPONSE_HOURS,
}
INSTRUMENT = {
    "code": "acuity",
    "version": "2",
    "score": {"min": 0, "max": 30},
    "levels": [
        {"from": 0, "to": 7, "level": "L1"},
        {"from": 8, "to": 14, "level": "L2"},
        {"from": 15, "to": 22, "level": "L3"},
        {"from": 23, "to": 30, "level": "L4"},
    ],
    "flags": ["self_harm_risk"],
    "overrides": [{"when": "self_harm_risk", "at_least": "L3"}],
}
MONTHS_OF_LOG = 8
WHO_REFERS = ("Family doctor", "Hospital discharge", "Social services", "Housing office", "The person themselves")
BECAME = ("admitted", "admitted", "admitted", "redirected", "declined", "not reached")

Row = dict[str, str]


def log_of(story: Story, provider: Provider, number: int) -> tuple[Row, ...]:
    """The referral system's file about one service month, as verified at its end."""
    month, chance = story.month(number), story.chance(provider.code, "referrals", number)
    following = story.month(number + 1)
    rows = []
    for place in range(max(5, provider.members // 45 + chance.randint(-4, 6))):
        urgent = chance.random() < 0.2
        day = month + timedelta(days=chance.randrange((following - month).days))
        received = datetime.combine(day, time(chance.randint(7, 18), chance.choice((0, 10, 25, 40, 55))))
        hours = RESPONSE_HOURS["urgent" if urgent else "routine"]
        answered = received + timedelta(hours=hours * chance.choice((0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.2)))
        verified = following + timedelta(days=2)
        known = answered.date() < min(story.reported_on(number), story.today)
        rows.append(
            {
                "referral_ref": f"{provider.member_prefix}R-{month:%y%m}-{place + 1:03d}",
                "received_at": received.isoformat(timespec="minutes"),
                "source": chance.choice(WHO_REFERS),
                "urgency": "urgent" if urgent else "routine",
                "geography": chance.choices(
                    [one.geography for one in provider.places], [one.share for one in provider.places]
                )[0],
                "cohort": chance.choices(
                    [code for code, _ in provider.cohorts], [share for _, share in provider.cohorts]
                )[0],
                "first_response_at": answered.isoformat(timespec="minutes") if known else "",
                "disposition": chance.choice(BECAME) if known else "",
                "verified_on": verified.isoformat() if verified <= story.reported_on(number) else "",
                "verified_by": provider.verifiers[0] if verified <= story.reported_on(number) else "",
            }
        )
    return tuple(rows)


@dataclass(frozen=True)
class Newcomer:
    """A referral that intake wrote down, and how far it has come: see `Acts.take_in`."""

    reference: str
    received_at: datetime  # local time of the contract
    urgency: str
    referred_by: str
    geography: str
    cohort: str
    given_name: str
    family_name: str
    birth_date: date
    became: str


# how far this fortnight's referrals have come, the latest first: (days ago, urgent, state)
FORTNIGHT = (
    (0, False, "waiting"),
    (1, True, "overdue"),
    (1, False, "waiting"),
    (2, False, "answered"),
    (3, True, "overdue"),
    (3, False, "draft"),
    (4, False, "draft"),
    (6, False, "overdue"),
    (7, True, "eligible"),
    (8, False, "eligible"),
    (9, False, "not_eligible"),
    (10, False, "eligible"),
    (11, False, "verified"),
    (12, False, "declined"),
)


def newcomers(story: Story, provider: Provider) -> Iterator[Newcomer]:
    """Those whom intake of the larger provider wrote into the log itself, the earliest first."""
    if not provider.larger:
        return
    for number, (days, urgent, became) in enumerate(reversed(FORTNIGHT)):
        chance = story.chance(provider.code, "newcomer", number)
        sex = chance.choice(("female", "male"))
        place = provider.places[number % len(provider.places)]
        yield Newcomer(
            reference=f"RF-{2100 + number}",
            received_at=datetime.combine(story.today - timedelta(days=days), time(7 + number % 3, 20)),
            urgency="urgent" if urgent else "routine",
            referred_by=WHO_REFERS[number % len(WHO_REFERS)],
            geography=place.geography,
            cohort=provider.cohorts[number % len(provider.cohorts)][0],
            given_name=chance.choice(GIVEN[sex]),
            family_name=chance.choice(FAMILY),
            birth_date=date(1935 + 4 * number, 1 + number % 12, 3 + number),
            became=became,
        )
