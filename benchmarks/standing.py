"""The standing figures of one year's decisions, each of them, and the page.

    python -m benchmarks.standing [--decisions N]

One contract with 10,000 members and twenty teams. Two of five decisions are upgrades with three triggers, each with two
facts; one in twenty was asked about. Every figure is worked out twice, and the better time is told.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.database import empty_database

MEMBERS = 10_000
FILL = Path(__file__).parent / "sql" / "standing_fill.sql"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--decisions", type=int, default=950_000)
    chosen = options.parse_args()
    with empty_database():
        measure(chosen.decisions)


def measure(decisions: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from authorizations.models import Decision  # noqa: PLC0415
    from authorizations.queries import standing  # noqa: PLC0415
    from eligibility.models import Member  # noqa: PLC0415
    from tests.factories.care import care  # noqa: PLC0415

    ours = care()
    provider, lead = ours.contract.provider_id, ours.lead
    Member.objects.bulk_create(Member(organisation_id=provider, reference=f"S{n:07}") for n in range(MEMBERS - 1))
    values = {"contract": ours.contract.pk, "provider": provider, "asker": ours.practitioner.pk, "lead": lead.pk}
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in FILL.read_text(encoding="utf-8").split(";\n\n"):
            cursor.execute(statement, {**values, "decisions": decisions, "members": MEMBERS})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")

    first, before = date(2026, 1, 1), date(2027, 1, 1)
    visible = Decision.objects.visible_to(lead)
    entries = standing.decided(visible, ours.contract, first, before)
    tell("lines", lambda: standing.lines(entries))
    tell("level mix", lambda: standing.level_mix(ours.contract, date(2026, 6, 1), ["L1", "L2", "L3", "L4"]))
    tell("first trigger", lambda: standing.escalating(entries, ours.contract))
    tell("counting day", lambda: standing.bunched(entries, ours.contract))
    tell("left out", lambda: standing.left_out(visible, ours.contract, first, before))
    client = Client(SERVER_NAME="localhost")
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/decisions/figures/?contract={ours.contract.pk}&first={first}&last=2026-12-31"
    tell("page, whole", lambda: client.get(address))


def tell(name: str, work: Callable[[], object]) -> None:
    times = []
    for _round in range(2):
        began = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - began)
    print(f"{name:<16}{min(times):>8.2f} s   {str(answer)[:110]}", flush=True)


if __name__ == "__main__":
    main()
