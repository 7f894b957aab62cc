"""What a month's money bought, for a whole contract of 100,000 members: counted when it is opened, and at night.

    python -m benchmarks.bought [--members N] [--records N]

The page is the whole answer to the address, as quality staff of the provider see it. Before: counted when it is opened.
Then the months are counted as at night, and the page is opened again: with nothing written since, and after 50,000
records of its month were corrected, which it must say. Both figures must be equal. Figures for this machine are in
benchmarks/README.md.
"""

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime

from benchmarks.caseload import fill, seconds
from benchmarks.database import empty_database
from blended_pilot.kernel.scope import OWNER, acting

NIGHT = datetime(2026, 7, 10, 6, tzinfo=UTC)
JUNE = date(2026, 6, 1)
MOST_SECONDS = 1.5
ROUNDS = 5
CORRECTED = 50_000
CORRECT = """
    UPDATE baseline_activity SET minutes = 31
     WHERE id IN (SELECT id FROM baseline_activity WHERE occurred_on >= '2026-06-01' ORDER BY id LIMIT %s)"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--members", type=int, default=100_000)
    options.add_argument("--records", type=int, default=1_000_000)
    chosen = options.parse_args()
    with empty_database():
        measure(chosen.members, chosen.records)


def measure(members: int, records: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import Role  # noqa: PLC0415
    from tests.baseline.pilots import reviewed_contract  # noqa: PLC0415
    from tests.factories.accounts import person  # noqa: PLC0415
    from variance.operations.counts import count_months, mark  # noqa: PLC0415
    from variance.queries.bought import bought  # noqa: PLC0415

    contract = reviewed_contract()
    fill(
        {
            "provider": contract.provider_id,
            "contract": contract.pk,
            "members": members,
            "records": records,
            "teams": 200,
        }
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(
        person(Role.QUALITY, contract.provider), backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    def page() -> None:
        assert client.get(f"/bought/{contract.code}/2026-06/").status_code == 200

    def night() -> None:
        print(count_months(contract_id=contract.pk, since=mark(contract_id=contract.pk), now=NIGHT))

    print(f"counted when it is opened: {min(seconds(page) for _round in range(2)):.1f} s")
    print(f"seven months counted at night: {seconds(night):.0f} s")
    opened = min(seconds(page) for _round in range(ROUNDS))
    print(f"the page then: {opened:.2f} s")
    kept = bought(contract, JUNE, rule=None)
    same = replace(kept, counted_at=None, changed=False) == bought(contract, JUNE, rule=None, kept=False)
    with acting(OWNER), connection.cursor() as cursor:
        cursor.execute(CORRECT, [CORRECTED])
    changed = min(seconds(page) for _round in range(ROUNDS))
    says = bought(contract, JUNE, rule=None).changed
    print(f"after {CORRECTED:,} corrections: {changed:.2f} s; the next night: {seconds(night):.0f} s")
    holds = same and not kept.changed and says and max(opened, changed) <= MOST_SECONDS
    print("holds" if holds else "DOES NOT HOLD", f"(limit {MOST_SECONDS} s, equal figures, changes told)")


if __name__ == "__main__":
    main()
