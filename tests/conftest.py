"""What every test stands on: servers of the suite's own, and history that is true."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

from blended_pilot.devstack import servers
from blended_pilot.kernel import scope
from blended_pilot.settings.base import env

if not os.environ.get("CI"):  # there the library chooses its own profile, which hurries nobody either
    hypothesis.settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("unhurried")

pytest_plugins = ["tests.browser", "tests.truth"]


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers where no URL is given: in the controller only, test workers inherit its environment."""
    scope.otherwise = scope.SYSTEM  # a test arranges and looks as the system does; a request asks for its person
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="blended-pilot-suite-"))
    Path(home).chmod(0o711)
    stack.enter_context(servers(Path(home), throwaway=True))
    # settings were read before any conftest
    settings.DATABASES["default"].update(env.db(engine=settings.DATABASE_ENGINE))
    settings.REDIS_URL = settings.CELERY_BROKER_URL = settings.CACHES["default"]["LOCATION"] = env("REDIS_URL")
