"""The worlds of members serve delivered work as well; `here` is one in which work is recorded."""

import pytest

from tests.baseline.pilot import Pilot, pilot
from tests.eligibility.conftest import intake, ours, supervisor, theirs

__all__ = ["here", "intake", "ours", "supervisor", "theirs"]


@pytest.fixture
def here(db: None) -> Pilot:
    return pilot()
