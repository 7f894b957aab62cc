"""The queue with 50,000 open and 500,000 past requests: its first page against the bare SQL for it.

    python -m benchmarks.queue [--open N] [--past N]

The bare SQL is what a page written by hand has to ask for the same content: the first 25 rows with member, team and
people, every count above the list (the list's own among them) in one statement, the lapsed levels, and what the
filters offer. It is run by the same database role in the same scope, in turns with the page, and its rows are fetched
and nothing done with them. The page is the whole answer: sign-in, permission, navigation, the access log with its
commit, the template. Past requests have left their levels. The page must take at most twice as long, and ask as many
queries for 500,000 past requests as for none. What counts is the middle of the rounds' ratios.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.database import empty_database

MOST_TIMES_BARE = 2
ROUNDS = 15
LEVELS = Path(__file__).parent / "sql" / "queue_levels.sql"

FILL = """
INSERT INTO authorizations_request
    (organisation_id, contract_id, member_id, number, kind, status, requested_by_id, created_at, urgency, urgent_start,
     assessed_level, current_level, requested_level, difference_reason, difference_text, service, starts_on, grounds,
     attested, triggers, terms, cohort, geography, received_at, due_at, first_due_at, warned_percents, decided_at,
     withdrawn_reason)
SELECT {provider}, {contract}, m.id, {offset} + n, 'upgrade', '{status}', {asker}, moment, 'standard', false,
       '', 'L2', 'L3', '', '', '', moment::date, 'Filled by the benchmark.', '{{}}', '[]', '{{"version": 1}}', 'adult',
       'north', moment, moment + interval '7 days', moment + interval '7 days', '{{}}', {decided}, ''
  FROM generate_series(1, {rows}) n
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM eligibility_member) m
    ON m.place = (n - 1) % {members}
 CROSS JOIN LATERAL (SELECT now() - interval '{days} days' + (n * 37 % 864000) * interval '1 second' AS moment) t
"""
WAITS = "status IN ('submitted', 'questioned', 'automatic') AND organisation_id = {provider}"
BARE = {
    "25 rows": f"""SELECT r.*, c.*, m.*, t.name, a.name, g.name FROM authorizations_request r
       JOIN contracts_contract c ON c.id = r.contract_id JOIN eligibility_member m ON m.id = r.member_id
       JOIN accounts_user a ON a.id = r.requested_by_id LEFT JOIN accounts_user g ON g.id = r.assigned_to_id
       LEFT JOIN eligibility_team t ON t.id = r.team_id
       WHERE r.{WAITS.replace("AND ", "AND r.")}
       ORDER BY r.due_at, r.id LIMIT 25""",
    "counts": f"""SELECT count(*), count(*) FILTER (WHERE due_at < now() AND stopped_at IS NULL),
              count(*) FILTER (WHERE due_at >= now() AND due_at < now() + interval '1 day' AND stopped_at IS NULL),
              count(*) FILTER (WHERE status = 'questioned'), count(*) FILTER (WHERE status = 'automatic'),
              count(*) FILTER (WHERE assigned_to_id IS NULL), count(*) FILTER (WHERE assigned_to_id = {{lead}})
         FROM authorizations_request
        WHERE {WAITS}""",
    "lapsed levels": """SELECT count(*) FROM eligibility_coveragespan c
        WHERE c.contract_id = {contract} AND c.starts_on <= current_date
          AND (c.ends_before IS NULL OR c.ends_before > current_date)
          AND NOT EXISTS (SELECT FROM eligibility_levelspan l
                           WHERE l.contract_id = c.contract_id AND l.member_id = c.member_id
                             AND (l.ends_before IS NULL OR l.ends_before > current_date))
          AND EXISTS (SELECT FROM eligibility_levelspan l
                       WHERE l.contract_id = c.contract_id AND l.member_id = c.member_id
                         AND l.ends_before <= current_date)""",
    "contracts": "SELECT * FROM contracts_contract WHERE provider_id = {provider}",
    "terms": "SELECT id, number, digest FROM contracts_contractversion WHERE contract_id = {contract}",
    "teams": "SELECT id, name FROM eligibility_team WHERE organisation_id = {provider} ORDER BY name",
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--open", type=int, default=50_000)
    options.add_argument("--past", type=int, default=500_000)
    chosen = options.parse_args()
    with empty_database():
        measure(chosen.open, chosen.past)


def measure(waiting: int, past: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.permissions import scope_of  # noqa: PLC0415
    from blended_pilot.kernel.scope import acting  # noqa: PLC0415
    from eligibility.models import CoverageSpan, Member  # noqa: PLC0415
    from tests.factories.care import care  # noqa: PLC0415

    ours = care()
    provider, lead = ours.contract.provider_id, ours.lead
    Member.objects.bulk_create(Member(organisation_id=provider, reference=f"Q{n:07}") for n in range(waiting - 1))
    CoverageSpan.objects.bulk_create(
        CoverageSpan(
            organisation_id=provider,
            contract=ours.contract,
            member=member,
            cohort="adult",
            geography="north",
            starts_on=date(2026, 1, 1),
        )
        for member in Member.objects.exclude(pk=ours.member.pk).iterator()
    )
    names = {"provider": provider, "contract": ours.contract.pk, "asker": ours.practitioner.pk, "members": waiting}
    fill(connection, FILL.format(**names, rows=waiting, offset=0, status="submitted", decided="NULL", days=9))
    client = Client(SERVER_NAME="localhost")
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")

    def page() -> None:
        assert client.get("/queue/").status_code == 200

    page()
    before = asked(page)
    decided = "moment + interval '5 days'"
    fill(connection, FILL.format(**names, rows=past, offset=waiting, status="decided", decided=decided, days=60))
    left = {"contract": ours.contract.pk, "member": ours.member.pk, "decisions": max(past // waiting, 1)}
    fill(connection, LEVELS.read_text(encoding="utf-8"), left)
    after = asked(page)

    def bare(name: str) -> None:
        with acting(scope_of(lead)), connection.cursor() as cursor:
            cursor.execute(BARE[name].format(provider=provider, lead=lead.pk, contract=ours.contract.pk))
            cursor.fetchall()

    times: dict[str, list[float]] = {name: [] for name in (*BARE, "page")}
    for _round in range(ROUNDS):
        for name in BARE:
            times[name].append(seconds(lambda name=name: bare(name)))  # type: ignore[misc]
        times["page"].append(seconds(page))
    least = {name: min(found) for name, found in times.items()}
    plain, drawn = sum(least[name] for name in BARE), least["page"]
    ratio = median(
        whole / sum(parts) for whole, *parts in zip(times["page"], *(times[name] for name in BARE), strict=True)
    )
    print(f"open, past           {waiting:>10,} {past:>10,}")
    for name in BARE:
        print(f"  {name:<19}{least[name] * 1000:>10.1f} ms")
    print(f"bare SQL             {plain * 1000:>10.1f} ms")
    print(f"first page, whole    {drawn * 1000:>10.1f} ms")
    print(f"in the middle round  {ratio:>10.2f} × bare")
    print(f"queries              {before:>10} before, {after} with the past")
    holds = ratio <= MOST_TIMES_BARE and before == after
    print("holds" if holds else "DOES NOT HOLD", f"(at most {MOST_TIMES_BARE} × bare, as many queries)")


def asked(work: Callable[[], None]) -> int:
    """How many queries it takes."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)  # now: the next request empties the log


def fill(connection: Any, statement: str, values: dict[str, Any] | None = None) -> None:
    """Rows by the database itself. Triggers and keys rest meanwhile: history and checks are not what is measured."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
