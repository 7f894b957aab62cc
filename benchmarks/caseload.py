"""The caseload page of one team among 1,000,000 records and 100,000 members, against the bare SQL of its figures.

    python -m benchmarks.caseload [--members N] [--records N] [--teams N]

The page is the whole answer to the address: permission, terms, figures, episodic records, who stands out, names,
differences, template. The bare SQL is the statement of its figures and that of its episodic records, run by the same
database role in the same scope, in turns with the page, with the rows fetched and nothing done with them. What counts
is the middle of the rounds' ratios: each compares two answers of the same second. Figures for this machine are in
benchmarks/README.md.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.database import empty_database
from blended_pilot.kernel.scope import OWNER, acting

MONDAY = date(2026, 6, 1)
MOST_TIMES_BARE = 2
ROUNDS = 15
TEAMS_ASKED = 5
FILL = Path(__file__).parent / "sql" / "caseload_fill.sql"
TABLES = (
    "eligibility_member, eligibility_coveragespan, eligibility_levelspan, eligibility_assignment, baseline_activity, "
)
TABLES += "baseline_followup"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--members", type=int, default=100_000)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--teams", type=int, default=200)
    chosen = options.parse_args()
    with empty_database():
        measure(chosen.members, chosen.records, chosen.teams)


def measure(members: int, records: int, teams: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from accounts.models import Role  # noqa: PLC0415
    from accounts.permissions import scope_of  # noqa: PLC0415
    from baseline.queries import sql  # noqa: PLC0415
    from baseline.queries.caseload import week  # noqa: PLC0415
    from baseline.queries.terms import package_terms, service_terms  # noqa: PLC0415
    from eligibility.models import Team  # noqa: PLC0415
    from tests.baseline.pilots import reviewed_contract  # noqa: PLC0415
    from tests.factories.accounts import person  # noqa: PLC0415

    contract = reviewed_contract()
    began = time.monotonic()
    fill(
        {
            "provider": contract.provider_id,
            "contract": contract.pk,
            "members": members,
            "records": records,
            "teams": teams,
        }
    )
    print(f"{records:,} records of {members:,} members in {teams} teams written in {time.monotonic() - began:.0f} s")
    asked_of = [team.pk for team in Team.objects.order_by("pk")[:TEAMS_ASKED]]
    before = date.fromordinal(MONDAY.toordinal() + 7)
    values = {
        "contract": contract.pk,
        "organisation": contract.provider_id,
        "starts": MONDAY,
        "before": before,
        "late_before": before,
        "team": asked_of[0],
        "each_member": True,
        **service_terms(contract.pk),
        **package_terms(contract.pk, before),
    }

    supervisor = person(Role.SUPERVISOR, contract.provider)

    def bare() -> None:
        with acting(scope_of(supervisor)), connection.cursor() as cursor:
            for name in ("caseload", "episodic_records"):
                cursor.execute(sql.text(name), values)
                cursor.fetchall()

    client = Client(SERVER_NAME="localhost")
    client.force_login(supervisor, backend="allauth.account.auth_backends.AuthenticationBackend")

    def page(team: int = asked_of[0]) -> None:
        answer = client.get(f"/activity/weeks/{contract.code}/{MONDAY}/{team}/")
        assert answer.status_code == 200

    asked = set()
    for team in asked_of:
        page(team)
        with CaptureQueriesContext(connection) as queries:
            page(team)
        asked.add(len(queries))
    shown = week(contract, MONDAY, team=asked_of[0])
    rounds = [(seconds(bare), seconds(page)) for _round in range(ROUNDS)]
    of_sql, of_page = (min(times) for times in zip(*rounds, strict=True))
    ratio = median(page_time / sql_time for sql_time, page_time in rounds)
    whole = seconds(lambda: week(contract, MONDAY, team=None, each_member=False))
    print(f"team: {shown.total.members} members, {shown.total.contacts} contacts, {shown.total.stand_out} stand out")
    print(f"best: bare SQL {of_sql:.3f} s, page {of_page:.3f} s; {ratio:.2f} times in the round in the middle")
    print(f"queries of {len(asked_of)} teams: {sorted(asked)}")
    print(f"the sums of the whole contract: {whole:.1f} s")
    holds = ratio <= MOST_TIMES_BARE and len(asked) == 1
    print("holds" if holds else "DOES NOT HOLD", f"(limit {MOST_TIMES_BARE} times, constant queries)")


def fill(values: dict[str, Any]) -> None:
    """Rows by the database itself. Triggers and keys rest meanwhile: history and checks are not what is measured."""
    from django.db import connection  # noqa: PLC0415

    with acting(OWNER), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(FILL.read_text(encoding="utf-8"), values)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(f"ANALYZE {TABLES}")


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
