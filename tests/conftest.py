"""What every test stands on: servers of the suite's own, and a database that can be emptied."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pgtrigger
import pytest
from django.conf import settings
from django.test import TransactionTestCase

from blended_pilot.devstack import servers
from blended_pilot.settings.base import env

pytest_plugins = ["tests.browser"]


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers where no URL is given: in the controller only, test workers inherit its environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="blended-pilot-suite-"))
    Path(home).chmod(0o711)
    stack.enter_context(servers(Path(home), throwaway=True))
    # settings were read before any conftest
    settings.DATABASES["default"].update(env.db())
    settings.REDIS_URL = settings.CELERY_BROKER_URL = settings.CACHES["default"]["LOCATION"] = env("REDIS_URL")


@pytest.fixture(scope="session", autouse=True)
def _append_only_tables_may_be_emptied_between_tests():
    """Tables that only grow refuse the TRUNCATE with which a test that commits cleans up after itself."""
    empty = TransactionTestCase._fixture_teardown

    def empty_all(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            empty(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_all)
        yield
