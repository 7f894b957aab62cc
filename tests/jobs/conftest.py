from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from blended_pilot.jobs import doorbell, registry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def somebody(db: None) -> User:
    return User.objects.create(email="somebody@example.org", name="Somebody")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, registry.Work]]:
    """The registered kinds; what a test adds is gone after it."""
    kinds = dict(registry._WORK)
    monkeypatch.setattr(registry, "_WORK", kinds)
    return kinds


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the jobs that were rung for, instead of a broker."""
    rung: list[int] = []
    monkeypatch.setattr(doorbell, "ring", rung.append)
    return rung


@pytest.fixture
def counting(work: dict[str, Any]) -> list[dict[str, Any]]:
    """The payloads of the jobs of kind `test.count` that were done."""
    done: list[dict[str, Any]] = []

    @registry.handles("test.count", title="Counting")
    def count(job: Any, progress: Any) -> dict[str, Any]:
        progress(done=1, total=2, text="Half way")
        done.append(job.payload)
        return {"counted": len(done)}

    return done
