"""Every migration of ours goes back as well as forward, and what it made is gone in between."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.architecture.source import APPS

OURS = ("jobs", *APPS)


def tables() -> set[str]:
    with connection.cursor() as cursor:
        return {name for name in connection.introspection.table_names(cursor) if name.split("_")[0] in OURS}


def guards() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'pgtrigger%'")
        return int(cursor.fetchone()[0])


def guard_functions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'pgtrigger%'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_every_migration_can_be_taken_back_and_made_again():
    there, watched = tables(), guards()
    assert {model._meta.db_table for model in apps.get_models() if model._meta.app_label in OURS} <= there

    # accounts last: every other table points at its users, those of other programs too
    call_command("migrate", "accounts", "zero", verbosity=0)
    call_command("migrate", "jobs", "zero", verbosity=0)
    assert tables() == set()
    assert guards() == 0

    call_command("migrate", verbosity=0)
    assert tables() == there
    assert guards() == watched
    assert guard_functions() >= watched
