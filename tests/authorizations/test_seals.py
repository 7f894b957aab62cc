"""The register, sealed: what was changed, taken out or put in is found and named, triggers or not."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.queries.people import system_user
from authorizations.models import Decision, Request, Seal
from authorizations.operations.seals import seal
from authorizations.queries.proofs import head, register_proof
from authorizations.rules import seals
from contracts.models import Contract
from tests.factories.authorizations import RECEIVED, DecisionFactory, RequestFactory
from tests.factories.contracts import ContractFactory

pytestmark = pytest.mark.django_db
LATER = RECEIVED + timedelta(days=2)
KEY = "the-key-that-seals-registers-in-the-test-suite"


def enter(contract: Contract, number: int, **values: Any) -> Decision:
    request = RequestFactory(contract=contract, number=number, status="decided", decided_at=RECEIVED)
    return DecisionFactory(request=request, **values)


@pytest.fixture
def register() -> Contract:
    """Nine entries in three seals."""
    contract = ContractFactory()
    for batch in range(3):
        for number in range(1, 4):
            enter(contract, batch * 3 + number, decided_at=RECEIVED + timedelta(days=batch, hours=number))
        seal(contract_id=contract.pk, actor=system_user(), now=RECEIVED + timedelta(days=batch, hours=9))
    return contract


@contextmanager
def unguarded() -> Iterator[Any]:
    """As somebody with the database in hand: no trigger fires and no foreign key is asked."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def test_each_seal_follows_the_one_before_it_and_is_signed(register: Contract) -> None:
    first, second, third = Seal.objects.filter(contract=register).order_by("number")

    assert [(each.first_number, each.last_number, len(each.entries)) for each in (first, second, third)] == [
        (1, 3, 3), (4, 6, 3), (7, 9, 3),
    ]  # fmt: skip
    assert (first.previous, second.previous, third.previous) == ("", first.digest, second.digest)
    assert seals.signed_by(third.digest, third.signature, third.key, [KEY]) is True
    assert seals.signed_by(first.digest, third.signature, third.key, [KEY]) is False
    assert seals.signed_by(third.digest, third.signature, third.key, ["another"]) is None
    proof = register_proof(register)
    assert (proof.entries, proof.sealed, proof.waiting, proof.seals, list(proof.faults)) == (9, 9, 0, 3, [])


def test_nothing_new_makes_no_seal_and_a_new_entry_waits_for_the_next_one(register: Contract) -> None:
    assert seal(contract_id=register.pk, actor=system_user(), now=LATER + timedelta(days=1)) is None

    enter(register, 10, decided_at=RECEIVED + timedelta(days=3))

    proof = register_proof(register)
    assert (proof.entries, proof.sealed, proof.waiting, list(proof.faults)) == (10, 9, 1, [])
    latest = head(register.pk)
    assert latest is not None
    assert (latest.number, latest.last_number) == (3, 9)


def test_a_key_that_was_changed_still_proves_what_it_signed(register: Contract, settings: Any) -> None:
    settings.REGISTER_KEYS = ["a-new-key", KEY]
    enter(register, 10, decided_at=RECEIVED + timedelta(days=3))
    seal(contract_id=register.pk, actor=system_user(), now=RECEIVED + timedelta(days=4))
    assert list(register_proof(register).faults) == []

    settings.REGISTER_KEYS = ["a-new-key"]
    assert len(register_proof(register).faults) == 3
    assert "not among REGISTER_KEYS" in register_proof(register).faults[0]


def _change(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    number = chance.randint(1, 9)
    column, value = chance.choice(
        [
            ("level", "L4"),
            ("outcome", "changed"),
            ("necessity", "Because."),
            ("starts_on", "2026-03-01"),
            ("ends_before", "2027-01-01"),
            ("in_time", False),
            ("decided_at", datetime(2026, 3, 3, tzinfo=UTC)),
            ("decided_by_id", -1),
            ("working", '{"grounds": "other"}'),
            ("terms", '{"version": 2}'),
            ("evidence", '[{"sha256": "00"}]'),
        ]
    )
    cursor.execute(
        f"UPDATE authorizations_decision SET {column} = %s WHERE contract_id = %s AND number = %s",
        [value, contract.pk, number],
    )
    return {f"Entry {number} is not what was sealed."}


def _remove(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    number = chance.randint(1, 9)
    cursor.execute("DELETE FROM authorizations_decision WHERE contract_id = %s AND number = %s", [contract.pk, number])
    return {f"Entry {number} was sealed and is gone."}


def _copy(cursor: Any, contract: Contract, number: int, target: int) -> None:
    names = ", ".join(f.column for f in Decision._meta.concrete_fields if f.column not in {"id", "number", "kind"})
    cursor.execute(
        f"""INSERT INTO authorizations_decision (number, kind, {names})
            SELECT %s, 'supersession', {names.replace("replaces_reason", "'Wrong'").replace("replaces_id", "id")}
              FROM authorizations_decision WHERE contract_id = %s AND number = %s""",
        [target, contract.pk, number],
    )


def _put_in(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    target = chance.choice([0, 10, 12])
    _copy(cursor, contract, chance.randint(1, 9), target)
    return {
        0: {"Entry 0 was put in: its number is not free."},
        10: {"Entry 10 was put in: it is dated before the last seal, which does not hold it."},
        12: {"Entry 12 follows no entry 11."},
    }[target]


def _swap(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    """Take one out and put a forged one in its place."""
    number, other = chance.sample(range(1, 10), 2)
    cursor.execute("DELETE FROM authorizations_decision WHERE contract_id = %s AND number = %s", [contract.pk, number])
    _copy(cursor, contract, other, number)
    return {f"Entry {number} is not what was sealed."}


def _reseal(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    """Change an entry and its digest in the seal, and the chain with it, but without the key."""
    link = Seal.objects.get(contract=contract, number=chance.randint(1, 3))
    cursor.execute(
        "UPDATE authorizations_seal SET entries[%s] = repeat('0', 64) WHERE id = %s", [chance.randint(1, 3), link.pk]
    )
    if chance.random() < 0.5:
        link.refresh_from_db()
        digest = seals.digest_of(
            seals.Content(
                contract.code, link.number, link.first_number, link.last_number, link.entries, link.previous,
                link.sealed_at,
            )
        )  # fmt: skip
        cursor.execute("UPDATE authorizations_seal SET digest = %s WHERE id = %s", [digest, link.pk])
        return {f"The signature of seal {link.number} is not good."}
    return {f"Seal {link.number} was changed."}


def _cut_off(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    """Take the last entries out together with the seal that holds them."""
    cursor.execute("DELETE FROM authorizations_seal WHERE contract_id = %s AND number = 3", [contract.pk])
    cursor.execute("DELETE FROM authorizations_decision WHERE contract_id = %s AND number > 6", [contract.pk])
    return {f"Request RQ-{number} is decided, and the register has no entry about it." for number in (7, 8, 9)}


def _lose_a_seal(chance: random.Random, cursor: Any, contract: Contract) -> set[str]:
    number = chance.randint(1, 2)
    cursor.execute("DELETE FROM authorizations_seal WHERE contract_id = %s AND number = %s", [contract.pk, number])
    return {f"Seal {number} of the register is missing."}


TAMPERINGS = [_change, _change, _change, _remove, _put_in, _swap, _reseal, _cut_off, _lose_a_seal]


@pytest.mark.parametrize("number", range(50))
def test_a_tampering_with_the_register_is_found_and_named(number: int, register: Contract) -> None:
    chance = random.Random(number)  # noqa: S311 - the same every time
    tamper: Callable[..., set[str]] = TAMPERINGS[number] if number < len(TAMPERINGS) else chance.choice(TAMPERINGS)

    with unguarded() as cursor:
        expected = tamper(chance, cursor, register)

    assert expected <= set(register_proof(register).faults)


def test_an_entry_about_a_request_that_nobody_decided_is_named(register: Contract) -> None:
    entry = DecisionFactory(request=RequestFactory(contract=register, number=77), decided_at=LATER + timedelta(days=9))

    assert list(register_proof(register).faults) == [f"Entry {entry.number} does not fit request RQ-77."]
    assert Request.objects.get(number=77).status == "submitted"
