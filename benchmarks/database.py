"""A database for the time of one benchmark: its own server, unless DATABASE_URL names one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from blended_pilot.devstack import servers
from blended_pilot.kernel.scope import SYSTEM, acting


@contextmanager
def empty_database() -> Iterator[None]:
    """Django set up over an empty, migrated database; both are gone afterwards. Durable, as in production."""
    with tempfile.TemporaryDirectory(prefix="blended-pilot-benchmark-") as home:
        Path(home).chmod(0o711)
        with servers(Path(home)):
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blended_pilot.settings.test")
            django.setup()
            from django.db import connection  # noqa: PLC0415  Django must be set up first

            connection.creation.create_test_db(verbosity=0, autoclobber=True)
            try:
                with acting(SYSTEM):
                    yield
            finally:
                connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
