"""The lock between those who change facts and the one who closes a month: two real connections, many times."""

import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connections, transaction

from contracts.models import Contract, PlanLine
from contracts.operations.facts import freeze, hold_open
from tests.factories.contracts import ContractFactory

pytestmark = pytest.mark.django_db(transaction=True)

TRIALS = 40
MARCH = date(2026, 3, 1)


def look_away(contract_id: int) -> Contract:
    """The control: a plain read, which both sides may do at once."""
    return Contract.objects.get(pk=contract_id)


def raced(contract: Contract, hold: Callable[[int], Contract], take: Callable[[int], Contract]) -> tuple[int, int]:
    """(what the close counted, what was there when it ended) after a writer and a close have started together."""
    together = threading.Barrier(2)
    counted: list[int] = []
    faults: list[BaseException] = []

    def write() -> None:
        with transaction.atomic():
            hold(contract.pk)
            together.wait(10)
            PlanLine.objects.create(contract=contract, month=MARCH, quantity=Decimal(1))
            time.sleep(0.005)

    def close() -> None:
        together.wait(10)
        with transaction.atomic():
            take(contract.pk)
            counted.append(PlanLine.objects.count())
            time.sleep(0.01)
            counted.append(PlanLine.objects.count())

    def alone(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=alone, args=[work]) for work in (write, close)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    return counted[0], counted[1]


def test_a_fact_is_wholly_before_a_close_or_wholly_after_it():
    contract = ContractFactory()
    for _ in range(TRIALS):
        first, last = raced(contract, hold_open, freeze)
        assert first == last == 1
        PlanLine.objects.all().delete()


def test_without_the_lock_facts_slip_in():
    contract = ContractFactory()
    slipped = 0
    for _ in range(TRIALS):
        first, last = raced(contract, look_away, look_away)
        slipped += first != last
        PlanLine.objects.all().delete()
    assert slipped


def test_writers_do_not_wait_for_each_other():
    contract = ContractFactory()
    together = threading.Barrier(2)
    faults: list[BaseException] = []

    def write() -> None:
        try:
            with transaction.atomic():
                hold_open(contract.pk)
                together.wait(10)  # broken unless both hold it at once
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
