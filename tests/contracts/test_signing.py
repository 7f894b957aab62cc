from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.models import Notice, Role
from accounts.permissions import NotAllowed
from contracts.models import Contract, ContractVersion, Signature, VersionStatus
from contracts.operations.signing import NotAligned, NotSignable, SignedBefore, TextChanged, sign
from contracts.queries.terms import signed_terms
from tests.factories.accounts import MembershipFactory, person
from tests.factories.contracts import document, loaded_contract, signatory, signed_contract

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def draft() -> ContractVersion:
    return loaded_contract().versions.get()


def signatures(version: ContractVersion) -> list[tuple[str, str]]:
    return list(version.signatures.order_by("pk").values_list("party", "digest"))


def test_the_second_signature_signs_the_version(draft: ContractVersion) -> None:
    sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON)
    draft.refresh_from_db()
    assert (draft.status, draft.signed_at) == (VersionStatus.DRAFT, None)

    sign(version_id=draft.pk, actor=signatory(draft.contract.commissioner), now=NOON)
    draft.refresh_from_db()
    assert (draft.status, draft.signed_at) == (VersionStatus.SIGNED, NOON)
    assert signatures(draft) == [("provider", draft.digest), ("commissioner", draft.digest)]


def test_the_commissioner_role_signs_like_finance(draft: ContractVersion) -> None:
    signature = sign(version_id=draft.pk, actor=person(Role.COMMISSIONER, draft.contract.commissioner), now=NOON)
    assert signature.party == "commissioner"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FINANCE, Role.COMMISSIONER}))
def test_no_other_role_signs(draft: ContractVersion, role: str) -> None:
    with pytest.raises(NotAllowed):
        sign(version_id=draft.pk, actor=person(role, draft.contract.provider), now=NOON)
    assert signatures(draft) == []


def test_finance_of_another_organisation_does_not_sign(draft: ContractVersion) -> None:
    stranger = signatory(signed_contract(code="OTHER", provider={"code": "other", "name": "Other"}).provider)
    with pytest.raises(NotAllowed):
        sign(version_id=draft.pk, actor=stranger, now=NOON)
    assert signatures(draft) == []


def test_one_person_with_roles_at_both_parties_signs_once(draft: ContractVersion) -> None:
    both = person(Role.FINANCE, draft.contract.provider)
    MembershipFactory(user=both, organisation=draft.contract.commissioner, role=Role.FINANCE)
    sign(version_id=draft.pk, actor=both, now=NOON)
    with pytest.raises(SignedBefore, match="other signature is another person's"):
        sign(version_id=draft.pk, actor=both, now=NOON)
    assert len(signatures(draft)) == 1


def test_a_party_signs_once(draft: ContractVersion) -> None:
    sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON)
    with pytest.raises(SignedBefore, match="for the provider already"):
        sign(version_id=draft.pk, actor=person(Role.FINANCE, draft.contract.provider), now=NOON)
    assert len(signatures(draft)) == 1


def test_a_text_that_changed_since_it_was_read_is_not_signed(draft: ContractVersion) -> None:
    with pytest.raises(TextChanged):
        sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON, digest="0" * 64)
    assert signatures(draft) == []


def test_terms_that_cannot_be_worked_out_are_named_and_not_signed() -> None:
    settlement = document()["settlement"] | {"order": ["baseline", "activity", "threshold"]}
    gates = [{"code": "activity_verified", "holds": "nothing"}, {"code": "signals_decided", "holds": "close"}]
    version = loaded_contract(settlement=settlement, gates=gates).versions.get()
    with pytest.raises(NotSignable) as refusal:
        sign(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON)
    assert refusal.value.reasons == (
        "settlement.order[2]: the component 'threshold' cannot be worked out yet",
        "gates[1].code: the gate 'signals_decided' cannot be judged yet",
    )
    assert signatures(version) == []


def test_stated_staffing_needs_an_alignment_first() -> None:
    staffing = [{"role": "nurse", "funded_wte": 2, "minimum_safe_wte": 1, "cost_per_wte": "100.00"}]
    version = loaded_contract(baseline=document()["baseline"] | {"staffing": staffing}).versions.get()
    with pytest.raises(NotAligned):
        sign(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON)
    assert signatures(version) == []


def test_a_version_below_a_signed_one_is_not_signed() -> None:
    first = loaded_contract().versions.get()
    second = signed_contract(version=2, in_force_from="2026-02-01")
    with pytest.raises(SignedBefore, match="Version 2 is signed already"):
        sign(version_id=first.pk, actor=signatory(first.contract.provider), now=NOON)
    assert [terms.number for terms in signed_terms(second.pk).versions] == [2]


def refused_by_the_database(statement: str, *values: object) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


CHANGES = {
    "document": "UPDATE contracts_contractversion SET document = '{}' WHERE id = %s",
    "source": "UPDATE contracts_contractversion SET source = 'x' WHERE id = %s",
    "number": "UPDATE contracts_contractversion SET number = 9 WHERE id = %s",
    "date": "UPDATE contracts_contractversion SET in_force_from = '2026-02-01' WHERE id = %s",
    "digest": "UPDATE contracts_contractversion SET digest = 'x' WHERE id = %s",
    "row": "DELETE FROM contracts_contractversion WHERE id = %s",
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_keeps_a_text_from_the_first_signature_on(draft: ContractVersion, change: str) -> None:
    sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON)
    assert "signed" in refused_by_the_database(CHANGES[change], draft.pk)
    before = draft.document
    draft.refresh_from_db()
    assert draft.document == before


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_signature_the_same_change_passes(draft: ContractVersion, change: str) -> None:
    """The negative control of the test above: nothing but the signature stands in the way."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES[change], [draft.pk])
        assert cursor.rowcount == 1


def test_the_database_counts_the_signatures(draft: ContractVersion) -> None:
    sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON)
    signed = "UPDATE contracts_contractversion SET status = 'signed', signed_at = now() WHERE id = %s"
    assert "1 of 2 signatures" in refused_by_the_database(signed, draft.pk)
    sign(version_id=draft.pk, actor=signatory(draft.contract.commissioner), now=NOON)
    unsigned = "UPDATE contracts_contractversion SET status = 'draft', signed_at = NULL WHERE id = %s"
    assert "signed by both" in refused_by_the_database(unsigned, draft.pk)


@pytest.mark.parametrize("wrong", ["digest", "organisation", "party"])
def test_the_database_takes_only_signatures_that_fit(draft: ContractVersion, wrong: str) -> None:
    contract: Contract = draft.contract
    signature = Signature(
        version=draft,
        party="provider",
        organisation=contract.provider,
        signed_by=signatory(contract.provider),
        signed_at=NOON,
        digest=draft.digest,
    )
    match wrong:
        case "digest":
            signature.digest = "0" * 64
        case "organisation":
            signature.organisation = contract.commissioner
        case "party":
            signature.party = "commissioner"
    with pytest.raises(DatabaseError, match="does not fit"), transaction.atomic():
        signature.save()


@pytest.mark.parametrize(
    "statement", ["UPDATE contracts_signature SET digest = 'x'", "DELETE FROM contracts_signature"]
)
def test_signatures_only_grow(draft: ContractVersion, statement: str) -> None:
    sign(version_id=draft.pk, actor=signatory(draft.contract.provider), now=NOON)
    refused_by_the_database(statement)
    assert len(signatures(draft)) == 1


def test_the_other_signers_are_told(draft: ContractVersion) -> None:
    provider, commissioner = (signatory(party) for party in (draft.contract.provider, draft.contract.commissioner))
    person(Role.INTAKE, draft.contract.provider)
    sign(version_id=draft.pk, actor=provider, now=NOON)
    sign(version_id=draft.pk, actor=commissioner, now=NOON)
    assert list(Notice.objects.order_by("pk").values_list("user", "sentence")) == [
        (commissioner.pk, f"{provider.name} has signed version 1 of MINIMAL. It waits for the other party."),
        (provider.pk, "Both parties have signed version 1 of MINIMAL, in force from Jan. 1, 2026."),
    ]
