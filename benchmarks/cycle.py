"""Calculating a cycle with a 12-month look-back, against hand-written SQL for the same answer.

    python -m benchmarks.cycle [--members N]

Twelve months are calculated, signed and closed through the product; then facts are corrected backwards and the
thirteenth month is calculated. The hand-written statement knows this one contract by heart and must find exactly the
rows that the preview holds. Both run in the same session settings, alternately, on the same data; the best of each
counts. Figures for this machine are in benchmarks/README.md.
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.database import empty_database

NOW = datetime(2027, 2, 20, 12, tzinfo=UTC)
ROUNDS = 3
MOST_TIMES_BY_HAND = 1.5
MOST_MEGABYTES = 400
SQL = Path(__file__).parent / "sql"
TERMS: dict[str, Any] = {
    "code": "BENCH",
    "term": {"from": "2026-01-01", "to": "2027-12-31"},
    "levels": [{"code": f"L{rank}", "rank": rank, "name": f"Level {rank}"} for rank in (1, 2, 3, 4)],
    "cohorts": [{"code": code, "name": code} for code in ("adult", "older", "complex")],
    "geographies": [{"code": code, "name": code} for code in ("north", "south", "islands")],
    "eligibility": {"provisional_level": "L1"},
    "services": [
        {"code": "outreach", "name": "Outreach", "kind": "baseline", "unit": "contact"},
        {
            "code": "crisis_visit",
            "name": "Crisis visit",
            "kind": "episodic",
            "unit": "visit",
            "price": [
                {"from": "2026-01-01", "to": "2026-06-30", "amount": "185.00"},
                {"from": "2026-07-01", "amount": "190.00"},
            ],
            "criteria": [{"code": "acute", "text": "Acute"}, {"code": "same_day", "text": "Same day"}],
            "filing_limit_days": 60,
        },
    ],
    "baseline": {
        "block": [{"code": "infrastructure", "name": "Core", "amount": "18000.00", "from": "2026-01-01"}],
        "rates": [
            {"level": "L1", "amount": "42.00", "from": "2026-01-01"},
            {"level": "L2", "amount": "118.00", "from": "2026-01-01"},
            {"level": "L3", "amount": "265.00", "from": "2026-01-01"},
            {"level": "L4", "amount": "410.00", "from": "2026-01-01"},
            {"level": "L3", "cohort": "complex", "amount": "298.00", "from": "2026-01-01"},
            {
                "level": "L3",
                "cohort": "complex",
                "geography": "islands",
                "amount": "325.00",
                "from": "2026-04-01",
            },
        ],
    },
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--members", type=int, default=10_000)
    members = options.parse_args().members
    with empty_database():
        measure(members)


def measure(members: int) -> None:
    from blended_pilot.kernel.periods import add_months  # noqa: PLC0415
    from tests.factories.contracts import signatory, signed_contract  # noqa: PLC0415
    from variance.operations import cycles  # noqa: PLC0415

    contract = signed_contract(**TERMS)
    provider, commissioner = signatory(contract.provider), signatory(contract.commissioner)
    values = {"organisation": contract.provider_id, "contract": contract.pk, "members": members}
    write("cycle_pilot", values)
    first = datetime(2026, 1, 1, tzinfo=UTC).date()
    for index in range(12):
        cycle = cycles.open_cycle(contract_id=contract.pk, month=add_months(first, index), actor=provider, now=NOW)
        cycles.calculate(cycle_id=cycle.pk, actor=provider, now=NOW)
        cycles.close_with_two_signatures(cycle_id=cycle.pk, prepared_by=provider, approved_by=commissioner, now=NOW)
    write("cycle_corrections", values)
    cycle = cycles.open_cycle(contract_id=contract.pk, month=add_months(first, 12), actor=provider, now=NOW)

    calculated, by_hand = [], []
    for _ in range(ROUNDS):
        calculated.append(timed(lambda: cycles.calculate(cycle_id=cycle.pk, actor=provider, now=NOW)))
        by_hand.append(timed(lambda: hand_written(contract.pk)))
    rows = assert_same_answer(cycle.pk)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = min(calculated) / min(by_hand)
    print(f"members              {members:>10,}")
    print(f"differences          {rows:>10,}")
    print(f"by hand              {min(by_hand):>10.2f} s")
    print(f"calculated           {min(calculated):>10.2f} s  {ratio:.2f} × by hand")
    print(f"peak Python memory   {peak:>10.0f} MB")
    verdict = ratio <= MOST_TIMES_BY_HAND and peak <= MOST_MEGABYTES
    print("holds" if verdict else "DOES NOT HOLD", f"(at most {MOST_TIMES_BY_HAND} × by hand, {MOST_MEGABYTES} MB)")


def write(name: str, values: dict[str, Any]) -> None:
    """Facts without history: it is not what is measured."""
    from django.db import connection, transaction  # noqa: PLC0415

    with connection.as_owner():  # type: ignore[attr-defined]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute((SQL / f"{name}.sql").read_text(), values)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def hand_written(contract_id: int) -> None:
    from django.db import connection, transaction  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off; DROP TABLE IF EXISTS by_hand")
        cursor.execute((SQL / "cycle_by_hand.sql").read_text(), {"contract": contract_id})


def assert_same_answer(cycle_id: int) -> int:
    from django.db import connection  # noqa: PLC0415

    columns = (
        "component, service_month, member_id, activity_id, level, cohort, geography, service, rate, quantity, amount"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH preview AS (SELECT {columns} FROM variance_previewline WHERE cycle_id = %s)
                SELECT (SELECT count(*) FROM by_hand),
                       (SELECT count(*) FROM (SELECT {columns} FROM by_hand EXCEPT TABLE preview) AS missing),
                       (SELECT count(*) FROM (TABLE preview EXCEPT SELECT {columns} FROM by_hand) AS extra)""",
            [cycle_id],
        )
        rows, missing, extra = cursor.fetchone()
    assert (missing, extra) == (0, 0), f"{missing} rows are missing, {extra} are too many"
    return rows


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
