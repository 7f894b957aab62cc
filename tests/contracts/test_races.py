"""Two people at once: real connections, started together."""

import json
import threading
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from contracts.models import Contract, ContractVersion, Signature
from contracts.operations.documents import load
from contracts.operations.signing import sign
from tests.factories.accounts import UserFactory, person
from tests.factories.contracts import document, loaded_contract, signatory
from tests.races import names, together

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIALS = 20  # where each needs a contract of its own, loaded and signed
DRAFTS = 200


def drafts(number: int) -> list[ContractVersion]:
    """As many drafts of the same two parties, each the first version of a contract of its own."""
    first = loaded_contract().versions.get()
    contracts = []
    for copy in range(number):
        contract = Contract.objects.get(pk=first.contract_id)
        contract.pk, contract.code, contract._state.adding = None, f"COPY-{copy}", True
        contracts.append(contract)
    Contract.objects.bulk_create(contracts)
    versions = []
    for contract in contracts:
        version = ContractVersion.objects.get(pk=first.pk)
        version.pk, version.contract, version._state.adding = None, contract, True
        versions.append(version)
    return ContractVersion.objects.bulk_create(versions)


@pytest.mark.parametrize("other_side_signed", [False, True])
def test_two_people_of_one_party_sign_once(other_side_signed: bool) -> None:
    """Whoever completes the signatures writes the contract; a shared lock on it ended in a deadlock."""
    versions = drafts(DRAFTS // 2)
    contract = versions[0].contract
    first, second = signatory(contract.provider), person("finance", contract.provider)
    other = signatory(contract.commissioner)
    for version in versions:
        if other_side_signed:
            sign(version_id=version.pk, actor=other, now=NOON)
        answers = together(*(partial(sign, version_id=version.pk, actor=one, now=NOON) for one in (first, second)))
        assert names(answers) == ["SignedBefore", "done"], answers
    assert Signature.objects.filter(party="provider").count() == len(versions)
    assert ContractVersion.objects.filter(status="signed").count() == (len(versions) if other_side_signed else 0)


def test_both_parties_at_once_make_it_signed() -> None:
    for number in range(TRIALS):
        version = loaded_contract(code=f"RACE-{number}").versions.get()
        contract = version.contract
        people = [signatory(contract.provider), signatory(contract.commissioner)]
        answers = together(
            *(lambda one=one, version=version: sign(version_id=version.pk, actor=one, now=NOON) for one in people)
        )
        version.refresh_from_db()
        assert (names(answers), version.status) == (["done", "done"], "signed")


def test_a_text_is_never_exchanged_under_a_signature() -> None:
    system = UserFactory(is_system=True)
    for number in range(TRIALS):
        code = f"RACE-{number}"
        version = loaded_contract(code=code).versions.get()
        finance = signatory(version.contract.provider)
        source = json.dumps(document(code=code, title="Another text")).encode()
        together(
            lambda version=version, finance=finance: sign(version_id=version.pk, actor=finance, now=NOON),
            lambda source=source: load(source=source, source_format="json", actor=system, now=NOON),
        )
        assert set(Signature.objects.filter(version=version).values_list("digest", flat=True)) <= {
            ContractVersion.objects.get(pk=version.pk).digest
        }


def test_without_the_lock_two_signatures_leave_a_draft() -> None:
    """The negative control: what `sign` would do if it did not lock the version first."""
    version = loaded_contract().versions.get()
    contract = version.contract
    both_counted = threading.Barrier(2)

    def unlocked(party: str) -> None:
        organisation = getattr(contract, party)
        with transaction.atomic():
            Signature.objects.create(
                version=version,
                party=party,
                organisation=organisation,
                signed_by=signatory(organisation),
                signed_at=NOON,
                digest=version.digest,
            )
            complete = version.signatures.count() == 2
            both_counted.wait()
            if complete:
                ContractVersion.objects.filter(pk=version.pk).update(status="signed", signed_at=NOON)

    signatory(contract.provider), signatory(contract.commissioner)
    connection.close()
    together(lambda: unlocked("provider"), lambda: unlocked("commissioner"))
    version.refresh_from_db()
    assert (version.status, version.signatures.count()) == ("draft", 2)
