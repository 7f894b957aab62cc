"""The standing figures, against decisions whose figures can be counted on one's fingers."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from accounts.models import Role
from authorizations.models import Decision
from authorizations.queries import standing
from authorizations.rules.standing import bunching, counting_day
from tests.factories.accounts import person
from tests.factories.authorizations import DecisionFactory
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, LevelSpanFactory, TeamFactory

FIRST, BEFORE = date(2026, 1, 1), date(2027, 1, 1)
DENIED = {"outcome": "denied", "level": "", "starts_on": None, "ends_before": None, "deny_reason": "other"}


@pytest.fixture
def contract(db):
    return signed_contract()


def entry(contract, *, hours=24, team=None, **of_decision):
    received = datetime(2026, 3, 2, 14, tzinfo=UTC)
    return DecisionFactory(
        request__contract=contract,
        request__team=team,
        decided_at=received + timedelta(hours=hours),
        **of_decision,
    )


def figures(contract):
    return standing.decided(Decision.objects.all(), contract, FIRST, BEFORE)


def test_every_outcome_is_counted_once_with_its_time(contract):
    entry(contract, hours=10)
    entry(contract, hours=20, outcome="changed", level="L2")
    entry(contract, hours=60, in_time=False, **DENIED)

    line = standing.lines(figures(contract)).total

    assert (line.decided, line.approved, line.changed, line.denied) == (3, 1, 1, 1)
    assert (line.approval.number, line.approval.of) == (2, 3)
    assert (line.in_time.number, line.in_time.of) == (2, 3)
    assert (line.mean_hours, line.median_hours) == (30.0, 20.0)


def test_nothing_decided_is_nothing(contract):
    line = standing.lines(figures(contract)).total
    assert (line.decided, line.approval.value, line.median_hours) == (0, None, None)


def test_voided_and_superseded_entries_are_left_out_and_counted(contract):
    wrong = entry(contract)
    DecisionFactory(
        request=wrong.request,
        kind="voiding",
        outcome="void",
        level="",
        units=None,
        starts_on=None,
        ends_before=None,
        replaces=wrong,
        replaces_reason="Wrong person",
        decided_at=wrong.decided_at + timedelta(hours=1),
    )
    assert standing.lines(figures(contract)).total.decided == 0
    assert standing.left_out(Decision.objects.all(), contract, FIRST, BEFORE) == 1


def test_approval_after_a_question_that_moved_the_due_time_and_on_reconsideration(contract):
    extended = entry(contract)
    extended.request.questions.create(
        organisation=contract.provider,
        text="Which medicines?",
        asked_by=extended.decided_by,
        asked_at=extended.received_at,
        effect="extend",
        due_before=extended.due_at,
        due_after=extended.due_at + timedelta(days=14),
    )
    denial = entry(contract, **DENIED)
    entry(contract, request__kind="reconsideration", request__reconsiders=denial)

    line = standing.lines(figures(contract)).total

    assert (line.decided, line.after_extension, line.on_reconsideration) == (3, 1, 1)


def test_teams_and_kinds_have_a_line_each(contract):
    north = TeamFactory(organisation=contract.provider, name="North")
    entry(contract, team=north)
    entry(contract, team=north, **DENIED)
    entry(contract, request__kind="renewal", request__urgency="expedited")

    teams = {one.key: (one.line.decided, one.line.approval.number) for one in standing.lines(figures(contract)).teams}
    kinds = [(one.key, one.line.decided) for one in standing.lines(figures(contract)).kinds]

    assert teams == {("North",): (2, 1), ("",): (1, 1)}
    assert kinds == [(("upgrade", "standard"), 2), (("renewal", "expedited"), 1)]


def test_the_day_counts_in_the_contracts_timezone(contract):
    entry(contract, hours=0)
    DecisionFactory(request__contract=contract, decided_at=datetime(2026, 4, 1, 3, tzinfo=UTC))  # 31 March there
    march = standing.decided(Decision.objects.all(), contract, date(2026, 3, 1), date(2026, 4, 1))
    assert march.count() == 2


def test_level_mix_is_by_the_lead_team_of_the_day(contract):
    north = TeamFactory(organisation=contract.provider, name="North")
    for level in ("L1", "L1", "L3"):
        span = LevelSpanFactory(contract=contract, level=level)
        CoverageSpanFactory(contract=contract, member=span.member)
        AssignmentFactory(member=span.member, team=north, organisation=contract.provider)
    ended = LevelSpanFactory(contract=contract, level="L2", ends_before=date(2026, 2, 1))
    CoverageSpanFactory(contract=contract, member=ended.member)
    LevelSpanFactory(contract=contract, level="L2")  # of somebody who is not covered

    mix = standing.level_mix(contract, date(2026, 3, 1), ["L1", "L2", "L3"])

    assert [(one.team, one.members) for one in mix] == [("North", 3)]
    assert {level: share.number for level, share in mix[0].shares.items()} == {"L1": 2, "L2": 0, "L3": 1}


@pytest.mark.parametrize(
    ("triggers", "days"),
    [
        ([{"met": True, "attested": False, "since": "2026-03-01"}], (1, 4)),
        (
            [
                {"met": True, "attested": False, "since": "2026-03-01"},
                {"met": True, "attested": False, "since": "2026-02-20"},
            ],
            (10, 13),
        ),
        ([{"met": False, "attested": False, "since": "2026-03-01"}], (None, None)),
        ([{"met": True, "attested": True, "since": "2026-03-01"}], (None, None)),
        ([], (None, None)),
    ],
)
def test_days_run_from_the_first_trigger_that_the_record_met(contract, triggers, days):
    entry(contract, request__triggers=triggers, hours=72)
    found = standing.escalating(figures(contract), contract)
    assert (found.median_days_to_request, found.median_days_to_decision) == days


def test_the_median_of_escalations_leaves_out_attested_ones(contract):
    dated = [{"met": True, "attested": False, "since": "2026-02-20"}]
    entry(contract, request__triggers=dated, hours=72)
    entry(contract, request__triggers=[{"met": True, "attested": True, "since": "2026-03-02"}])
    found = standing.escalating(figures(contract), contract)
    assert (found.upgrades, found.dated, found.median_days_to_request, found.median_days_to_decision) == (2, 1, 10, 13)


@pytest.mark.parametrize(
    ("rule", "on", "day"),
    [
        ("first", date(2026, 3, 9), date(2026, 3, 1)),
        ("day_15", date(2026, 3, 9), date(2026, 3, 15)),
        ("last", date(2026, 2, 9), date(2026, 2, 28)),
        ("any_day", date(2026, 2, 9), None),
        ("daily", date(2026, 2, 9), None),
    ],
)
def test_the_counting_day_of_each_rule(rule, on, day):
    assert counting_day(rule, on) == day


def test_upgrades_before_the_counting_day_are_told_from_chance():
    fifteenth = date(2026, 3, 15)
    near = [(date(2026, 3, day), fifteenth) for day in (12, 13, 15)]
    far = [(date(2026, 3, day), fifteenth) for day in (11, 16)]
    found = bunching(Counter([*near, *far]))
    assert (found.share.number, found.share.of) == (3, 5)
    assert found.suspicious
    assert not bunching(Counter(far)).suspicious


def test_a_first_of_the_month_is_approached_from_the_month_before():
    found = bunching({(date(2026, 3, 29), date(2026, 3, 1)): 1, (date(2026, 3, 28), date(2026, 3, 1)): 1})
    assert (found.share.number, found.share.of) == (1, 2)


def test_the_page_and_the_file_say_the_same(client, contract):
    entry(contract, hours=10)
    entry(contract, hours=60, **DENIED)
    client.force_login(
        person(Role.QUALITY, contract.provider), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    address = reverse("authorizations:standing")
    query = {"contract": contract.pk, "first": "2026-03-01", "last": "2026-03-31"}
    page = client.get(address, query).content.decode()
    assert "50.0%<br><small>(9.5% to 90.5%)</small>" in page
    sent = client.get(address, {**query, "export": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(sent.streaming_content).decode())))
    assert [(row["about"], row["decided"], row["denied"], row["median_hours"]) for row in rows] == [
        ("all", "2", "1", "35.0"),
        ("kind", "2", "1", "35.0"),
        ("team", "2", "1", "35.0"),
    ]


def test_the_workbook_holds_every_figure_of_the_page(client, contract):
    entry(contract, hours=72, request__triggers=[{"met": True, "attested": False, "since": "2026-02-20"}])
    span = LevelSpanFactory(contract=contract, level="L1")
    CoverageSpanFactory(contract=contract, member=span.member)
    client.force_login(
        person(Role.QUALITY, contract.provider), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    query = {"contract": contract.pk, "first": "2026-03-01", "last": "2026-03-31", "export": "xlsx"}
    sent = client.get(reverse("authorizations:standing"), query)
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sent.streaming_content)))

    assert book.sheet_names == ["Decisions", "Upgrades", "Levels", "Second look"]
    assert ["Median days from the first trigger to the decision", 13.0] in book.get_sheet_by_name(
        "Upgrades"
    ).to_python()
    assert book.get_sheet_by_name("Levels").to_python()[1][:4] == ["", 1.0, "L1", 1.0]


def test_queries_do_not_grow_with_decisions(client, contract):
    client.force_login(
        person(Role.QUALITY, contract.provider), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    address = reverse("authorizations:standing") + f"?contract={contract.pk}&first=2026-03-01&last=2026-03-31"
    client.get(address)  # what is kept for the life of the process is read once
    counts = []
    for more in (1, 2):
        for _ in range(more):
            entry(contract)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]
