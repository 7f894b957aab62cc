"""One world for the whole package, built once; every test works in a savepoint of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.access.world import World, built
from tests.truth import assert_history_is_true


@pytest.fixture(scope="package")
def shared_world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    media: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        with built() as world:
            assert_history_is_true()
            yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    savepoint = transaction.atomic()
    savepoint._from_testcase = True  # type: ignore[attr-defined]  # jobs insist on a transaction of their own
    with savepoint:
        yield shared_world
        transaction.set_rollback(True)
