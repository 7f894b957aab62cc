"""After every test that wrote to the database: each audited row's latest history is the row itself.

And the guards stand aside for one thing only, emptying the tables behind a test that commits.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase, TransactionTestCase

from blended_pilot.kernel.audit import audited_models, history_gaps


def assert_history_is_true() -> None:
    """Compare the models that this transaction has touched; outside one, all of them."""
    models = audited_models()
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0")
            touched = {name for (name,) in cursor.fetchall()}
        models = [model for model in models if model._meta.db_table in touched]
    gaps = {model._meta.label: found for model in models if (found := history_gaps(model))}
    assert not gaps, f"History does not tell the truth: {gaps}"


@pytest.fixture(scope="session", autouse=True)
def _history_is_true_after_every_test() -> Iterator[None]:
    empty, roll_back = TransactionTestCase._fixture_teardown, TestCase._fixture_teardown

    def check_and_empty(self: Any) -> None:
        try:
            assert_history_is_true()
        finally:
            with connection.as_owner():
                with connection.cursor() as cursor:
                    cursor.execute("SET session_replication_role = replica")
                try:
                    empty(self)
                finally:
                    with connection.cursor() as cursor:
                        cursor.execute("SET session_replication_role = DEFAULT")

    def check_and_roll_back(self: Any) -> None:
        try:
            if connection.in_atomic_block and not connection.needs_rollback and connection.is_usable():
                assert_history_is_true()
        finally:
            roll_back(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", check_and_empty)
        patch.setattr(TestCase, "_fixture_teardown", check_and_roll_back)
        yield
