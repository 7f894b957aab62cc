"""The set-based SQL gives what the plain, slow arithmetic gives, for members and work that hypothesis draws."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blended_pilot.kernel.periods import DAY, each_month, next_month
from contracts.queries.terms import signed_terms
from contracts.rules.document import ContractDocument
from tests.factories.contracts import signed_contract
from tests.variance.worlds import COVERAGE, EPISODES, LEVELS, WORK, World, drawn_document
from variance.queries import calculation
from variance.rules import activity
from variance.rules.member_months import paid_level, priced, shares
from variance.rules.terms import EXACT_PLACES

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 1)
SHOWN = Decimal("1e-6")
FILLED = ("visit", "transport", "day", "stay", "session")


def owed_rows() -> dict[tuple[Any, ...], tuple[Decimal, Decimal | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT member.reference, owed.service_month, owed.level, owed.cohort, owed.geography, owed.rate,
                      owed.quantity, owed.amount
                 FROM owed JOIN eligibility_member AS member ON member.id = owed.member_id
                WHERE owed.component = 'baseline'"""
        )
        return {row[:6]: (row[6].quantize(SHOWN), row[7]) for row in cursor.fetchall()}


def judged_parts() -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT work.activity_ref, judged.code, judged.quantity, judged.amount
                 FROM judged JOIN baseline_activity AS work ON work.id = judged.activity_id"""
        )
        return {(ref, code): (quantity, amount) for ref, code, quantity, amount in cursor.fetchall()}


def expected_rows(world: World, document: ContractDocument, places: int) -> dict[tuple[Any, ...], Any]:
    found = {}
    for ref, coverage in world.coverage.items():
        for month in each_month(document.term.from_, APRIL):
            first, end = max(month, document.term.from_), min(next_month(month), document.term.to + DAY)
            for share in shares(
                month=month, first=first, end=end, document=document, coverage=coverage, held=world.held[ref]
            ):
                row = priced(share, document, places=places)
                quantity = Decimal(share.quantity.numerator) / Decimal(share.quantity.denominator)
                key = (ref, month, share.level or "", share.cohort, share.geography, row.cell and row.cell.amount)
                found[key] = (quantity.quantize(SHOWN), row.amount)
    return found


def expected_parts(world: World, document: ContractDocument, places: int) -> dict[tuple[str, str], Any]:
    told = []
    for work in world.works:
        covered = any(
            span.starts_on <= work.on and (span.ends_before is None or work.on < span.ends_before)
            for span in world.coverage[work.member]
        )
        in_term = document.term.from_ <= work.on <= document.term.to
        level = paid_level(
            work.on, world.held[work.member], provisional=document.provisional_level, lapse=document.lapse_level
        )
        told.append(world.told(work, enrolled=covered and in_term, level=level))
    summed: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    costed = {service.code for service in document.services if service.costed}
    services = {work.ref: work.service for work in told}
    for part in activity.judge(told, document, places=places, episodes=world.episodes):
        code = part.code
        if code == activity.ACCEPTED:
            code = "costed" if services[part.ref] in costed else "paid"
        summed[part.ref, code][0] += part.units
        summed[part.ref, code][1] += part.amount
    return {key: tuple(values) for key, values in summed.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_member_months_and_records_come_out_as_plain_arithmetic_has_them(data: Any) -> None:
    with transaction.atomic():
        contract = signed_contract(**drawn_document(data))
        world = World(contract)
        for ref in ("A", "B")[: data.draw(st.integers(1, 2))]:
            world.add_member(ref, data.draw(COVERAGE), data.draw(LEVELS))
            world.add_episodes(ref, data.draw(EPISODES))
        # maxima, tiers and episodes fill up only where one member has much of one service
        only = data.draw(st.sampled_from([{}, {}, *({"service": code} for code in FILLED)]))
        for number in range(data.draw(st.integers(0, 16))):
            member = "A" if only else data.draw(st.sampled_from(sorted(world.members)))
            world.add_work(f"w{number:02}", member, {**data.draw(WORK), **only})
        signed = signed_terms(contract.pk)
        document = signed.latest.document
        places = 2 if document.settlement.rounding.step == "line" else EXACT_PLACES

        calculation.work_out(contract=contract, month=APRIL, signed=signed, signed_late=(), last=None)

        assert owed_rows() == expected_rows(world, document, places)
        assert judged_parts() == expected_parts(world, document, places)
        transaction.set_rollback(True)
