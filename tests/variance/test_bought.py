"""What the money bought, against SQL written by hand; what the commissioner's side does not see; the gate."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Role
from baseline.operations import reviews as signing
from baseline.queries import reviews
from baseline.queries.caseload import week
from contracts.models import Contract
from contracts.rules.document.settlement import Suppression
from tests.baseline.pilots import covered, random_pilot, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import signatory
from tests.factories.eligibility import LevelSpanFactory
from variance.models import GateResult
from variance.operations import cycles
from variance.queries.bought import bought

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)
BY_HAND = """
SELECT count(*), count(DISTINCT a.member_id), coalesce(sum(a.minutes), 0),
       count(*) FILTER (WHERE a.service = 'crisis_visit')
  FROM baseline_activity a
 WHERE a.contract_id = %s AND a.occurred_on BETWEEN '2026-05-01' AND '2026-05-31'
   AND a.service IN ('outreach', 'care_plan', 'crisis_visit') AND NOT a.attempted AND a.reverses = ''
   AND a.activity_ref NOT IN (SELECT reverses FROM baseline_activity)
   AND EXISTS (SELECT FROM eligibility_coveragespan c
                WHERE c.member_id = a.member_id AND c.starts_on <= '2026-05-31'
                  AND coalesce(c.ends_before, '9999-01-01') > '2026-05-01')
"""
DAYS_BY_HAND = """
SELECT coalesce((SELECT l.level FROM eligibility_levelspan l
                  WHERE l.member_id = c.member_id AND l.starts_on <= day ORDER BY l.starts_on DESC LIMIT 1), 'L1')
       AS level,
       count(*) / 31.0 AS months, count(DISTINCT c.member_id) AS members
  FROM generate_series('2026-05-01'::date, '2026-05-31', '1 day') AS day
  JOIN eligibility_coveragespan c ON c.starts_on <= day AND coalesce(c.ends_before, '9999-01-01') > day
 WHERE c.contract_id = %s
 GROUP BY 1 ORDER BY 1
"""


@pytest.fixture
def contract() -> Contract:
    return reviewed_contract()


def asked(query: str, contract: Contract) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [contract.pk])
        return cursor.fetchall()


@pytest.mark.parametrize("seed", range(2))
def test_the_figures_of_a_month_are_those_of_sql_written_by_hand(contract, seed):
    random_pilot(contract, seed)
    found = bought(contract, MAY, rule=None)

    [(contacts, reached, minutes, episodic)] = asked(BY_HAND, contract)
    assert (found.contacts, found.reached.part, found.minutes, found.episodic) == (contacts, reached, minutes, episodic)
    assert [(one.level, round(one.member_months, 4), one.members) for one in found.levels] == [
        (level, round(months, 4), members) for level, months, members in asked(DAYS_BY_HAND, contract)
    ]
    in_levels = sum(one.baseline for one in found.levels)
    assert in_levels <= found.baseline <= in_levels + found.uncovered
    assert found.unit_cost is None


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def rows_of(client: Client, contract: Contract) -> list[dict[str, str]]:
    answer = client.get(f"/bought/{contract.code}/2026-05/", {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_small_numbers_are_hidden_from_the_commissioner_s_side_alone(contract):
    for number in range(30):
        member = covered(contract, starts_on=date(2026, 1, 1))
        LevelSpanFactory(contract=contract, member=member, level="L2" if number < 12 else "L3" if number < 26 else "L1")
        ActivityFactory(contract=contract, member=member, occurred_on=date(2026, 5, 5))
    full = {one.level: one.members for one in bought(contract, MAY, rule=None).levels}
    assert full == {"L1": 4, "L2": 12, "L3": 14}

    found = bought(contract, MAY, rule=Suppression(method="threshold", below=11))
    assert {one.level: one.members for one in found.levels} == {"L1": None, "L2": None, "L3": 14}
    assert [one.rate for one in found.levels if one.level != "L3"] == [None, None]
    assert (found.reached.part, found.served.part) == (30, None)  # 30 of 30; 18 served of 30, 12 not

    def hidden(user: Any) -> int:
        return sum("hidden" in row.values() for row in rows_of(signed_in(user), contract))

    assert hidden(person(Role.QUALITY, contract.provider)) == 0
    assert hidden(person(Role.COMMISSIONER, contract.commissioner)) > 0


def test_the_page_its_file_and_the_list_of_members_say_the_same(contract):
    random_pilot(contract, 7)
    client = signed_in(person(Role.QUALITY, contract.provider))
    found = client.get(f"/bought/{contract.code}/2026-05/").context["found"]
    told = {row["figure"]: row for row in rows_of(client, contract) if not row["level"]}

    assert int(told["contacts"]["value"]) == found.contacts
    assert int(told["people_reached"]["part"]) == found.reached.part
    kpis = {one["label"]: one["url"] for one in client.get(f"/bought/{contract.code}/2026-05/").context["kpis"]}
    for label, figure in (("People reached", found.reached.part), ("Full package", found.served.part)):
        assert client.get(kpis[label]).context["listing"].page.paginator.count == figure, label
    answer = client.get(f"/bought/{contract.code}/2026-05/members/", {"export": "csv"})
    members = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert sum(int(row["Contacts"] or 0) for row in members) == found.contacts
    assert sum(row["Contacts"] not in {"", "0"} for row in members) == found.reached.part
    assert sum(bool(row["Expected"]) and not row["Missing"] for row in members) >= (found.served.part or 0)


def test_a_figure_opens_to_its_own_contract_and_says_what_else_is_listed(contract):
    there = covered(contract, starts_on=date(2026, 1, 1))
    for service in ("outreach", "crisis_visit"):
        ActivityFactory(contract=contract, member=there, service=service, occurred_on=date(2026, 5, 5))
    gone = covered(contract, starts_on=date(2026, 1, 1), ends_before=date(2026, 4, 1))
    ActivityFactory(contract=contract, member=gone, occurred_on=date(2026, 5, 6))
    ActivityFactory(contract=contract, member=gone, service="crisis_visit", occurred_on=date(2026, 5, 7))
    other = reviewed_contract(code="OTHER", commissioner={"code": contract.commissioner.code, "name": "C"})
    ActivityFactory(contract=other, member=covered(other), occurred_on=date(2026, 5, 8))
    client = signed_in(person(Role.COMMISSIONER, contract.commissioner))
    page = client.get(f"/bought/{contract.code}/2026-05/").context
    found, kpis = page["found"], {one["label"]: one for one in page["kpis"]}

    assert (found.elsewhere, found.elsewhere_episodic) == (2, 1)
    assert "2 with people who were not covered in the month" in kpis["Contacts"]["note"]
    for label, figure in (
        ("Contacts", found.contacts + 2),
        ("Minutes", found.contacts + 2),
        ("Activity share of contacts", found.episodic + 1),
    ):
        assert client.get(kpis[label]["url"]).context["listing"].page.paginator.count == figure, label
    assert f"contract={contract.code}&" in kpis["Baseline money for a baseline contact"]["url"]


def test_the_gate_lists_the_weeks_of_a_month_that_nobody_signed_and_passes_when_all_are(contract):
    covered(contract, starts_on=date(2026, 1, 1))
    preparer = signatory(contract.provider)
    supervisor = person(Role.SUPERVISOR, contract.provider)
    later = datetime(2026, 2, 20, 12, tzinfo=UTC)
    january = cycles.open_cycle(contract_id=contract.pk, month=date(2026, 1, 1), actor=preparer, now=later)

    def judged() -> tuple[bool, int]:
        cycles.calculate(cycle_id=january.pk, actor=preparer, now=later)
        return GateResult.objects.filter(cycle=january).values_list("passed", "missing").get()

    # Sundays in January 2026: 4, 11, 18 and 25
    assert judged() == (False, 4)
    for monday in (date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)):
        shown = week(contract, monday, team=0)
        at = {"contract_id": contract.pk, "team": 0, "monday": monday, "actor": supervisor, "now": later}
        for one in reviews.still_to_look_at(None, shown):
            signing.note(**at, member_id=one.member_id, text="Nobody leads them yet.")
        signing.sign_caseload(**at, digest=reviews.digest_of(reviews.caseload_content(shown)))
        if monday == date(2026, 1, 19):
            assert judged() == (False, 1)
        signing.sign_billing(**at, digest=reviews.digest_of([]))
    assert judged() == (True, 0)
