"""Two people at once: real connections, started together."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction

from blended_pilot.kernel.errors import Refused
from contracts.models import ContractVersion, Signature
from contracts.operations.documents import load
from contracts.operations.signing import sign
from tests.factories.accounts import UserFactory, person
from tests.factories.contracts import document, loaded_contract, signatory

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIALS = 20


def together(*verbs: Callable[[], Any]) -> list[str]:
    """Run each in a connection of its own; the name of its refusal, or "done"."""
    answers = [""] * len(verbs)
    start = threading.Barrier(len(verbs))

    def run(index: int, verb: Callable[[], Any]) -> None:
        start.wait()
        try:
            verb()
            answers[index] = "done"
        except Refused as refusal:
            answers[index] = type(refusal).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, verb)) for index, verb in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_people_of_one_party_sign_once() -> None:
    for number in range(TRIALS):
        version = loaded_contract(code=f"RACE-{number}").versions.get()
        first, second = signatory(version.contract.provider), person("finance", version.contract.provider)
        answers = together(
            lambda version=version, first=first: sign(version_id=version.pk, actor=first, now=NOON),
            lambda version=version, second=second: sign(version_id=version.pk, actor=second, now=NOON),
        )
        assert sorted(answers) == ["SignedBefore", "done"]
        assert version.signatures.count() == 1


def test_both_parties_at_once_make_it_signed() -> None:
    for number in range(TRIALS):
        version = loaded_contract(code=f"RACE-{number}").versions.get()
        contract = version.contract
        people = [signatory(contract.provider), signatory(contract.commissioner)]
        answers = together(
            *(lambda one=one, version=version: sign(version_id=version.pk, actor=one, now=NOON) for one in people)
        )
        version.refresh_from_db()
        assert (answers, version.status) == (["done", "done"], "signed")


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
