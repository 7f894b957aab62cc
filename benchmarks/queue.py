"""The queue with 50,000 open and 500,000 past requests: its first page against the bare SQL for it.

    python -m benchmarks.queue [--open N] [--past N]

The bare SQL is the page's own: the first 25 rows with member, team and people, the number of rows, the figures above
the list, and the lapsed levels; each written by hand and read whole. The page is drawn, signed in, logged and rendered.
It must take at most twice as long, and ask as many queries for 500,000 past requests as for none.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from benchmarks.database import empty_database

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
MOST_TIMES_BARE = 2
ROUNDS = 7

FILL = """
INSERT INTO authorizations_request
    (organisation_id, contract_id, member_id, number, kind, status, requested_by_id, created_at, urgency, urgent_start,
     assessed_level, current_level, requested_level, difference_reason, difference_text, service, starts_on, grounds,
     attested, triggers, terms, cohort, geography, received_at, due_at, first_due_at, warned_percents, decided_at,
     withdrawn_reason)
SELECT {provider}, {contract}, m.id, {offset} + n, 'upgrade', '{status}', {asker}, '2026-09-01', 'standard', false,
       '', 'L2', 'L3', '', '', '', '2026-09-01', 'Filled by the benchmark.', '{{}}', '[]', '{{"version": 1}}', 'adult',
       'north', moment, moment + interval '7 days', moment + interval '7 days', '{{}}', {decided}, ''
  FROM generate_series(1, {rows}) n
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM eligibility_member) m
    ON m.place = (n - 1) % {members}
 CROSS JOIN LATERAL (SELECT timestamptz '2026-09-20' + (n * 37 % 864000) * interval '1 second' AS moment) t
"""
BARE = (
    """SELECT r.*, c.*, m.*, t.name, a.name, g.name FROM authorizations_request r
       JOIN contracts_contract c ON c.id = r.contract_id JOIN eligibility_member m ON m.id = r.member_id
       JOIN accounts_user a ON a.id = r.requested_by_id LEFT JOIN accounts_user g ON g.id = r.assigned_to_id
       LEFT JOIN eligibility_team t ON t.id = r.team_id
       WHERE r.status IN ('submitted', 'questioned', 'automatic') AND r.organisation_id = {provider}
       ORDER BY r.due_at, r.id LIMIT 25""",
    """SELECT count(*) FROM authorizations_request
       WHERE status IN ('submitted', 'questioned', 'automatic') AND organisation_id = {provider}""",
    """SELECT count(*), count(*) FILTER (WHERE due_at < now() AND stopped_at IS NULL),
              count(*) FILTER (WHERE due_at >= now() AND due_at < now() + interval '1 day' AND stopped_at IS NULL),
              count(*) FILTER (WHERE status = 'questioned'), count(*) FILTER (WHERE status = 'automatic'),
              count(*) FILTER (WHERE assigned_to_id IS NULL), count(*) FILTER (WHERE assigned_to_id = {lead})
         FROM authorizations_request
        WHERE status IN ('submitted', 'questioned', 'automatic') AND organisation_id = {provider}""",
)


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
    from django.test.utils import CaptureQueriesContext, override_settings  # noqa: PLC0415

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
    fill(connection, **names, rows=waiting, offset=0, status="submitted", decided="NULL")
    client = Client()
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")

    def page() -> None:
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            assert client.get("/queue/").status_code == 200

    page()
    with CaptureQueriesContext(connection) as before:
        page()
    fill(connection, **names, rows=past, offset=waiting, status="decided", decided="timestamptz '2026-09-30'")
    with CaptureQueriesContext(connection) as after:
        page()

    def bare() -> None:
        with connection.cursor() as cursor:
            for query in BARE:
                cursor.execute(query.format(provider=provider, lead=lead.pk))
                cursor.fetchall()

    plain, drawn = best(bare), best(page)
    print(f"open, past           {waiting:>10,} {past:>10,}")
    print(f"bare SQL             {plain * 1000:>10.0f} ms")
    print(f"first page, drawn    {drawn * 1000:>10.0f} ms  {drawn / plain:.1f} × bare")
    print(f"queries              {len(before):>10} before, {len(after)} with the past")
    holds = drawn <= MOST_TIMES_BARE * plain and len(before) == len(after)
    print("holds" if holds else "DOES NOT HOLD", f"(at most {MOST_TIMES_BARE} × bare, as many queries)")


def fill(connection: object, **values: object) -> None:
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(FILL.format(**values))
        cursor.execute("ANALYZE")


def best(work: Callable[[], None]) -> float:
    """The shortest of some rounds, in seconds: what the machine can do when nobody else asks."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
