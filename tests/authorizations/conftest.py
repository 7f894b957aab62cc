import pytest

from tests.factories.care import Care, care


@pytest.fixture
def ours(db: None) -> Care:
    return care()
