"""Small worlds of members and work, drawn by hypothesis, written to the database and told to the plain arithmetic."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from authorizations.models import Episode
from baseline.models import Activity
from baseline.rules.edits import Work
from contracts.models import Contract
from eligibility.models import CoverageSpan, LevelSpan, Member
from tests.factories.contracts import document
from variance.rules.activity import Authorised
from variance.rules.member_months import Coverage, Held

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
DAYS = (LAST - FIRST).days
SERVICES: list[dict[str, Any]] = [
    {"code": "outreach", "name": "Outreach", "kind": "baseline", "unit": "contact"},
    {
        "code": "visit",
        "name": "Visit",
        "kind": "episodic",
        "unit": "visit",
        "price": [
            {"from": "2026-01-01", "to": "2026-02-14", "amount": "10.01"},
            {"from": "2026-03-01", "amount": "11"},
        ],
        "criteria": [{"code": "acute", "text": "Acute"}],
        "maximum": {"units": 3, "within_days": 10},
        "filing_limit_days": 20,
        "bundled_into": ["stay"],
    },
    {
        "code": "transport",
        "name": "Transport",
        "kind": "episodic",
        "unit": "trip",
        "price": "as_billed",
        "price_ceiling": "7.005",
        "maximum": {"units": "2.5", "within_days": 30},
    },
    {
        "code": "day",
        "name": "Day",
        "kind": "episodic",
        "unit": "day",
        "price": {"tiers": [{"to": 2, "amount": "30"}, {"to": "3.5", "amount": "20"}, {"amount": "5"}], "per": "month"},
    },
    {"code": "bed", "name": "Bed", "kind": "episodic", "unit": "night", "price": "100.00", "paid": False},
    {
        "code": "stay",
        "name": "Stay",
        "kind": "episodic",
        "unit": "day",
        "authorization": "required",
        "price": {
            "tiers": [{"to": "1.5", "amount": "310.01"}, {"to": 3, "amount": "260"}, {"amount": "120"}],
            "per": "episode",
        },
    },
    {
        "code": "session",
        "name": "Session",
        "kind": "episodic",
        "unit": "session",
        "price": "as_billed",
        "price_ceiling": "20.005",
        "authorization": "required",
        "maximum": {"units": "2.5", "within_days": 8},
    },
]


def drawn_document(data: Any) -> dict[str, Any]:
    """Terms with every counting rule, level rule and rounding step, cells that compete, and keys that may be absent."""
    services = [dict(service) for service in SERVICES]
    for tiered in (3, 5):
        mode = data.draw(st.sampled_from(["marginal", "cliff"]))
        services[tiered]["price"] = {**SERVICES[tiered]["price"], "mode": mode}
    settlement = {
        **document()["settlement"],
        "member_month": data.draw(st.sampled_from(["first", "day_15", "last", "any_day", "daily"])),
        "level_change": data.draw(st.sampled_from(["snapshot", "highest", "by_days"])),
        "rounding": {"places": 2, "mode": "half_up", "step": data.draw(st.sampled_from(["line", "total"]))},
    }
    rates: list[dict[str, str]] = [
        {"level": "L1", "amount": "31.00", "to": "2026-02-09"},
        {"level": "L1", "amount": "37.00", "from": "2026-02-10"},
        {"level": "L2", "amount": "100.01"},
        {"level": "L2", "amount": "111.11", "geography": "south"},
        {"level": "L2", "amount": "122.22", "cohort": "older", "from": "2026-01-20"},
        {"level": "L2", "amount": "133.33", "cohort": "older", "geography": "south", "to": "2026-03-05"},
    ]
    if data.draw(st.booleans()):
        rates.append({"level": "L3", "amount": "400.00"})
    baseline: dict[str, Any] = {"rates": rates}
    if data.draw(st.booleans()):
        baseline["package"] = [
            {"service": "outreach", "expected": {"L1": "1/month"}},
            {"service": "visit", "expected": {"L3": "1/month"}},
        ]
    optional: dict[str, Any] = {}
    if data.draw(st.booleans()):
        optional["eligibility"] = {"provisional_level": "L1"}
    return document(
        services=services,
        settlement=settlement,
        baseline=baseline,
        term={"from": data.draw(st.sampled_from(["2026-01-01", "2026-01-10"])), "to": "2026-04-20"},
        **optional,
    )


@st.composite
def spans(draw: Any, *fixed: st.SearchStrategy[str]) -> list[tuple[Any, ...]]:
    """Up to three spans that touch or leave gaps, the last one perhaps open, with a drawn word for each of `fixed`."""
    edges = sorted(draw(st.lists(st.integers(-20, DAYS + 10), min_size=2, max_size=6, unique=True)))
    found: list[tuple[Any, ...]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        words = [draw(words) for words in fixed]
        found.append((FIRST + timedelta(start), FIRST + timedelta(end), *words))
    if found and draw(st.booleans()):
        last = found[-1]
        found[-1] = (last[0], None, *last[2:])
    return found


COVERAGE = spans(st.sampled_from(["adult", "older"]), st.sampled_from(["north", "south"]))
LEVELS = spans(st.sampled_from(["L1", "L2", "L3"]))
WORK = st.fixed_dictionaries(
    {
        "service": st.sampled_from(["visit", "visit", "visit", "transport", "day", "bed", "stay", "stay", "session"]),
        # close together, so that windows fill and edges are met, or anywhere
        "on": st.one_of(st.integers(25, 40), st.sampled_from([30, 39, 40]), st.integers(-5, DAYS + 5)),
        "hour": st.sampled_from([None, None, 9, 14]),
        "units": st.sampled_from(["1", "1", "2", "0.5", "1.25"]),
        "amount": st.sampled_from([None, "0", "5.00", "9.99", "33.335"]),
        "late": st.sampled_from([1, 1, 1, 20, 21]),
        "verified": st.sampled_from([True, True, True, False]),
        "attempted": st.sampled_from([False] * 9 + [True]),
        "criteria": st.sampled_from([()] * 5 + [("acute",)]),
        "place": st.sampled_from(["", "", "home"]),
        "reversed": st.sampled_from([False] * 5 + [True]),
    }
)

EPISODES = st.lists(
    st.fixed_dictionaries(
        {
            "service": st.sampled_from(["stay", "stay", "session"]),
            "units": st.sampled_from(["1", "2", "3.25", "6"]),
            "days": st.integers(3, 30),
            "gap": st.integers(0, 20),  # after the episode of the service before it
            "early": st.sampled_from([None, None, 0, 2]),  # days after the first on which it was over
        }
    ),
    max_size=4,
)


@dataclass
class World:
    """What the plain arithmetic is told, and the rows behind it."""

    contract: Contract
    members: dict[str, Member] = field(default_factory=dict)
    coverage: dict[str, list[Coverage]] = field(default_factory=dict)
    held: dict[str, list[Held]] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    episodes: list[Authorised] = field(default_factory=list)

    def add_member(self, ref: str, coverage: list[tuple[Any, ...]], levels: list[tuple[Any, ...]]) -> None:
        owner = {"organisation": self.contract.provider, "contract": self.contract}
        member = Member.objects.create(organisation=self.contract.provider, reference=ref)
        self.members[ref] = member
        self.coverage[ref] = [Coverage(*span) for span in coverage]
        self.held[ref] = [Held(*span) for span in levels]
        CoverageSpan.objects.bulk_create(
            CoverageSpan(**owner, member=member, starts_on=start, ends_before=end, cohort=cohort, geography=geography)
            for start, end, cohort, geography in coverage
        )
        LevelSpan.objects.bulk_create(
            LevelSpan(
                **owner, member=member, starts_on=start, ends_before=end, level=level,
                decided_on=FIRST, decided_by="source", rationale="drawn",
            )
            for start, end, level in levels
        )  # fmt: skip

    def add_work(self, ref: str, member: str, drawn: dict[str, Any]) -> Work:
        on = FIRST + timedelta(drawn["on"])
        at = datetime(on.year, on.month, on.day, drawn["hour"], tzinfo=UTC) if drawn["hour"] else None
        row = Activity.objects.create(
            organisation=self.contract.provider,
            contract=self.contract,
            member=self.members[member],
            activity_ref=ref,
            service=drawn["service"],
            occurred_on=on,
            occurred_at=at,
            units=Decimal(drawn["units"]),
            amount=Decimal(drawn["amount"]) if drawn["amount"] else None,
            received_on=on + timedelta(drawn["late"]),
            verified_on=on if drawn["verified"] else None,
            verified_by="source" if drawn["verified"] else "",
            attempted=drawn["attempted"],
            criteria_not_met=list(drawn["criteria"]),
            place=drawn["place"],
        )
        if drawn["reversed"]:
            Activity.objects.create(
                organisation=self.contract.provider,
                contract=self.contract,
                member=self.members[member],
                activity_ref=f"{ref}-back",
                service=drawn["service"],
                occurred_on=on,
                units=Decimal(drawn["units"]),
                received_on=on,
                reverses=ref,
            )
        work = Work(
            ref=ref,
            arrival=row.pk,
            member=member,
            service=drawn["service"],
            on=on,
            at=at,
            units=row.units,
            practitioner="",
            place=drawn["place"],
            amount=row.amount,
            received_on=row.received_on,
            verified=drawn["verified"],
            attempted=drawn["attempted"],
            criteria_not_met=frozenset(drawn["criteria"]),
            reversed=drawn["reversed"],
            enrolled=False,
            level=None,
        )
        self.works.append(work)
        return work

    def add_episodes(self, member: str, drawn: list[dict[str, Any]]) -> None:
        free = dict.fromkeys(("stay", "session"), FIRST + timedelta(10))
        for number, each in enumerate(drawn):
            starts_on = free[each["service"]] + timedelta(each["gap"])
            free[each["service"]] = ends_before = starts_on + timedelta(each["days"])
            over_on = None if each["early"] is None else starts_on + timedelta(each["early"])
            row = Episode.objects.create(
                organisation=self.contract.provider, contract=self.contract, member=self.members[member],
                service=each["service"], units=Decimal(each["units"]), starts_on=starts_on, ends_before=ends_before,
                ended_early_on=over_on, episode_ref=f"{member}-{number}", decided_on=FIRST, decided_by="source",
                rationale="drawn",
            )  # fmt: skip
            self.episodes.append(
                Authorised(row.episode_ref, member, row.service, row.units, starts_on, over_on or ends_before)
            )

    def told(self, work: Work, *, enrolled: bool, level: str | None) -> Work:
        return replace(work, enrolled=enrolled, level=level)
