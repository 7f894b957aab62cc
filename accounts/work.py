"""What waits for a person: each stage tells the home page, the home page knows no stage."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class WorkItem:
    """One thing to do, or one heap of like things (`count`), with the page where it is done.

    `group` is the heading it stands under; `due_at` is when it is late, in the contract's timezone; `tone` is good,
    warn, bad, info or "".
    """

    group: Any
    title: Any
    url: str
    detail: Any = ""
    due_at: datetime | None = None
    count: int | None = None
    tone: str = ""

    @property
    def timezone(self) -> str:
        """The zone that the due time is given in, by name."""
        return getattr(self.due_at.tzinfo, "key", "") if self.due_at else ""


Provider = Callable[[Any, datetime], Iterable[WorkItem]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """`provider(user, now)` yields what waits for this person. Called in AppConfig.ready; registering twice is once."""
    if provider not in _providers:
        _providers.append(provider)


def waiting(user: Any, now: datetime) -> list[WorkItem]:
    """Everything that waits, the overdue first, then by due time; what has no due time last, as its stage gave it."""
    items = [item for provider in _providers for item in provider(user, now)]
    return sorted(items, key=lambda item: (item.due_at is None, item.due_at or now))
