from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import Notice, Role
from accounts.permissions import NotAllowed
from blended_pilot.kernel.errors import Unusable
from contracts.models import Contract, Escalation, EscalationStatus
from contracts.operations.escalations import AlreadyDecided, decide, may_decide, raise_, take_on
from tests.factories.accounts import DeputyFactory, OrganisationFactory, UserFactory, person
from tests.factories.contracts import ContractFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def contract() -> Contract:
    return ContractFactory()


def raised(contract: Contract, **other: Any) -> Escalation:
    values: dict[str, Any] = {
        "contract_id": contract.pk,
        "sign": "rota_gaps",
        "subject": "2026-02",
        "limit": "at most 10",
        "figure": "12 in February 2026",
        "recipients": [Role.SUPERVISOR, Role.FINANCE],
        "due_on": date(2026, 3, 16),
        "actor": None,
        "now": NOON,
    }
    return raise_(**{**values, **other})


def test_a_sign_opens_once_per_subject_and_keeps_its_figure_current(contract: Contract) -> None:
    first = raised(contract)
    again = raised(contract, figure="14 in February 2026")
    other = raised(contract, subject="2026-03")
    assert again.pk == first.pk != other.pk
    first.refresh_from_db()
    assert (first.figure_text, first.raised_at, first.due_on) == ("14 in February 2026", NOON, date(2026, 3, 16))


def test_after_a_decision_the_sign_may_open_again(contract: Contract) -> None:
    first = raised(contract)
    decide(escalation_id=first.pk, decision="Two bank nurses", actor=person(Role.FINANCE, contract.provider), now=NOON)
    assert raised(contract).pk != first.pk


def test_the_database_opens_a_sign_once(contract: Contract) -> None:
    """The negative control is the index: without it the second row would stand."""
    values = {field: getattr(raised(contract), field) for field in ("sign", "subject", "raised_at", "due_on")}
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(contract=contract, limit_text="x", figure_text="y", **values)


def test_a_decision_is_recorded_once_with_who_and_when(contract: Contract) -> None:
    escalation = raised(contract)
    finance = person(Role.FINANCE, contract.commissioner, name="Ada")
    decide(escalation_id=escalation.pk, decision=" Hire two. ", actor=finance, now=NOON)
    with pytest.raises(AlreadyDecided) as refusal:
        decide(escalation_id=escalation.pk, decision="Wait", actor=person(Role.FINANCE, contract.provider), now=NOON)
    assert refusal.value.sentence == "Ada has decided this on March 2, 2026: Hire two."
    escalation.refresh_from_db()
    assert (escalation.status, escalation.decision, escalation.decided_by, escalation.decided_at) == (
        EscalationStatus.DECIDED,
        "Hire two.",
        finance,
        NOON,
    )


def test_a_decision_needs_words(contract: Contract) -> None:
    escalation = raised(contract)
    with pytest.raises(Unusable):
        decide(escalation_id=escalation.pk, decision="  ", actor=person(Role.FINANCE, contract.provider), now=NOON)
    escalation.refresh_from_db()
    assert escalation.status == EscalationStatus.OPEN


@pytest.mark.parametrize("role", [Role.QUALITY, Role.AUDITOR, Role.ADMINISTRATOR])
def test_it_is_decided_by_those_it_is_addressed_to(contract: Contract, role: str) -> None:
    escalation = raised(contract, recipients=[Role.FINANCE, Role.AUDITOR])
    somebody = person(role, contract.provider)
    assert not may_decide(somebody, escalation)
    with pytest.raises(NotAllowed):
        decide(escalation_id=escalation.pk, decision="Done", actor=somebody, now=NOON)
    escalation.refresh_from_db()
    assert escalation.status == EscalationStatus.OPEN


def test_a_contract_may_address_an_administrator(contract: Contract) -> None:
    escalation = raised(contract, recipients=[Role.ADMINISTRATOR])
    administrator = person(Role.ADMINISTRATOR, contract.provider)
    assert decide(escalation_id=escalation.pk, decision="Done", actor=administrator, now=NOON).status == "decided"


def test_the_same_role_elsewhere_neither_sees_nor_decides(contract: Contract) -> None:
    escalation = raised(contract)
    stranger = person(Role.FINANCE, OrganisationFactory())
    assert not Escalation.objects.visible_to(stranger).exists()
    with pytest.raises(NotAllowed):
        take_on(escalation_id=escalation.pk, actor=stranger, now=NOON)
    assert Escalation.objects.visible_to(person(Role.FINANCE, contract.provider)).get() == escalation


def test_somebody_takes_it_on(contract: Contract) -> None:
    escalation = raised(contract)
    supervisor = person(Role.SUPERVISOR, contract.provider)
    assert take_on(escalation_id=escalation.pk, actor=supervisor, now=NOON).owner == supervisor


@pytest.mark.parametrize("recipients", [[], ["chief"]])
def test_an_escalation_goes_to_known_roles(contract: Contract, recipients: list[str]) -> None:
    with pytest.raises(ValueError, match="needs roles"):
        raised(contract, recipients=recipients, actor=UserFactory())
    assert not Escalation.objects.exists()


def test_those_it_is_addressed_to_are_told_once(contract: Contract) -> None:
    finance = person(Role.FINANCE, contract.provider)
    deputy = UserFactory()
    DeputyFactory(membership=finance.memberships.get(), user=deputy)
    person(Role.QUALITY, contract.provider)
    person(Role.FINANCE, OrganisationFactory())
    person(Role.FINANCE, contract.commissioner, is_active=False, deactivated_at=NOON)
    raised(contract)
    raised(contract, figure="14 in February 2026")
    told = Notice.objects.order_by("user").values_list("user", "sentence")
    sentence = "Rota gaps 2026-02: 12 in February 2026. Somebody must decide by March 16, 2026."
    assert list(told) == [(finance.pk, sentence), (deputy.pk, sentence)]


@pytest.mark.parametrize(
    "change", ["UPDATE contracts_escalation SET decision = 'x'", "DELETE FROM contracts_escalation"]
)
def test_the_database_keeps_a_decision(contract: Contract, change: str) -> None:
    escalation = raised(contract)
    if change.startswith("UPDATE"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE contracts_escalation SET figure_text = 'x'")  # the control: open, it may change
    decide(escalation_id=escalation.pk, decision="Hire", actor=person(Role.FINANCE, contract.provider), now=NOON)
    with pytest.raises(DatabaseError, match=r"stand|stay"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    escalation.refresh_from_db()
    assert escalation.decision == "Hire"
