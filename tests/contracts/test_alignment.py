from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Role
from accounts.permissions import NotAllowed
from contracts.models import ContractVersion, PlanLine, StaffingAlignment
from contracts.operations.alignment import FundingTooLow, NothingToAlign, align
from contracts.operations.signing import sign
from contracts.rules.alignment import align as worked_out
from contracts.rules.document import ContractDocument
from tests.factories.accounts import person
from tests.factories.contracts import document, loaded_contract, signatory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

STAFFED: dict[str, Any] = {
    "rates": document()["baseline"]["rates"],
    "block": [{"code": "base", "name": "Base", "amount": "1000.00", "from": "2026-01-01"}],
    "staffing": [
        {
            "role": "nurse",
            "funded_wte": 5,
            "minimum_safe_wte": 4,
            "cost_per_wte": "5000.00",
            "staff_per_supervisor": 8,
        },
        {"role": "peer", "funded_wte": 2, "minimum_safe_wte": 2, "cost_per_wte": "3000.00"},
    ],
    "governance_posts": [{"role": "director", "wte": "0.5", "cost_per_wte": "9000.00"}],
    "overhead_percent": 10,
    "lowest_planned_members": 300,
}


def draft(**baseline: Any) -> ContractVersion:
    return loaded_contract(baseline={**STAFFED, **baseline}).versions.get()


def test_the_working_adds_up() -> None:
    terms = ContractDocument.model_validate(
        document(
            baseline=STAFFED,
            commissioner={"code": "a", "name": "A"},
            provider={"code": "b", "name": "B"},
        )
    )
    finding = worked_out(terms)
    assert [post.cost for post in finding.staffing] == [20000, 6000]
    assert [(post.posts, post.cost) for post in finding.supervision] == [(Decimal("0.5"), 2500)]
    assert [post.cost for post in finding.governance] == [4500]
    assert (finding.subtotal, finding.overhead, finding.needed) == (33000, 3300, 36300)
    assert (finding.block, finding.members, finding.left_for_rates) == (1000, 300, 35300)
    assert finding.required_average == Decimal(35300) / 300
    assert (finding.dearest, finding.possible) == (400, True)


@pytest.mark.parametrize(("members", "possible"), [(88, False), (89, True), (0, False)])
def test_it_is_out_of_reach_only_when_the_dearest_rate_is_too_little(members: int, possible: bool) -> None:
    """35,300 / 400.00 = 88.25 members at the dearest rate."""
    terms = ContractDocument.model_validate(document(baseline={**STAFFED, "lowest_planned_members": members}))
    assert worked_out(terms).possible is possible


def test_block_sums_alone_may_carry_it() -> None:
    block = [{"code": "base", "name": "Base", "amount": "36300.00"}]
    terms = ContractDocument.model_validate(
        document(baseline={**STAFFED, "block": block, "rates": [], "lowest_planned_members": 0})
    )
    assert worked_out(terms).possible


@pytest.mark.django_db
def test_an_alignment_is_recorded_with_its_working_and_lets_the_parties_sign() -> None:
    version = draft()
    finance = signatory(version.contract.provider)
    recorded = align(version_id=version.pk, actor=finance, now=NOON)
    assert recorded.digest == version.digest
    assert {key: recorded.working[key] for key in ("needed", "block", "members", "required_average", "dearest")} == {
        "needed": "36300",
        "block": "1000",
        "members": 300,
        "required_average": "117.666667",
        "dearest": "400",
    }
    assert align(version_id=version.pk, actor=finance, now=NOON).pk == recorded.pk
    sign(version_id=version.pk, actor=finance, now=NOON)


@pytest.mark.django_db
def test_the_plan_tells_the_average_of_its_levels() -> None:
    version = draft()
    for level, quantity in (("L1", 100), ("L2", 100), ("L9", 7)):
        PlanLine.objects.create(contract=version.contract, month=date(2026, 1, 1), level=level, quantity=quantity)
    PlanLine.objects.create(contract=version.contract, month=date(2026, 1, 1), service="crisis_visit", quantity=5)
    working = align(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON).working
    # (100 x 40.00 + 100 x 120.00) / 200 = 80.00; 1,000 + 300 x 80.00 - 36,300 = -11,300
    assert (working["planned_average"], working["planned_gap"], working["planned_unmatched"]) == ("80", "-11300", "7")


@pytest.mark.django_db
def test_funding_out_of_reach_is_refused_with_its_figures() -> None:
    version = draft(lowest_planned_members=80)
    with pytest.raises(FundingTooLow) as refusal:
        align(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON)
    assert refusal.value.reasons == (
        "Safe staffing, supervision, governance posts and overhead cost 36300.00 USD a month.",
        "Block sums bring 1000.00 USD a month.",
        "441.25 USD per member and month would be needed; the dearest rate is 400.00.",
    )
    assert not StaffingAlignment.objects.exists()


@pytest.mark.django_db
def test_a_new_text_needs_a_new_alignment() -> None:
    version = draft()
    finance = signatory(version.contract.provider)
    align(version_id=version.pk, actor=finance, now=NOON)
    loaded_contract(baseline={**STAFFED, "overhead_percent": 20})
    with pytest.raises(Exception, match="staffing alignment must be recorded"):
        sign(version_id=version.pk, actor=finance, now=NOON)


@pytest.mark.django_db
def test_no_staffing_no_alignment() -> None:
    version = loaded_contract().versions.get()
    with pytest.raises(NothingToAlign):
        align(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("side", "role", "allowed"),
    [
        ("provider", Role.OPERATIONS, True),
        ("provider", Role.COMMISSIONER, False),
        ("provider", Role.SUPERVISOR, False),
        ("commissioner", Role.COMMISSIONER, True),
        ("commissioner", Role.OPERATIONS, False),
    ],
)
def test_who_records_an_alignment(side: str, role: str, allowed: bool) -> None:
    version = draft()
    somebody = person(role, getattr(version.contract, side))
    if allowed:
        assert align(version_id=version.pk, actor=somebody, now=NOON).recorded_by == somebody
    else:
        with pytest.raises(NotAllowed):
            align(version_id=version.pk, actor=somebody, now=NOON)
        assert not StaffingAlignment.objects.exists()
