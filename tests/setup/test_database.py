"""The suite's own database: whose it is, and that a test which commits leaves nothing behind."""

import os

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

from accounts.models import AccessEntry, AccessVerb


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_append_only_rows_are_gone_in_the_next_test(time):
    assert not AccessEntry.objects.exists()
    AccessEntry.objects.create(verb=AccessVerb.VIEW, what=time)


@pytest.mark.django_db
def test_the_guard_against_truncate_stands_while_a_test_runs():
    with connection.as_owner(), pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        connection.cursor().execute("TRUNCATE accounts_accessentry")


@pytest.mark.django_db
def test_every_worker_has_a_database_and_a_key_prefix_of_its_own():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")

    assert connection.settings_dict["NAME"].endswith(worker)
    assert worker in settings.KEY_PREFIX
    assert cache.make_key("x").startswith(settings.KEY_PREFIX)
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] == settings.KEY_PREFIX
