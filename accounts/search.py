"""The search box: each stage answers for its own records, within what the person may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One record found. `members` are the ids of members whose identity the line shows: they go to the access log."""

    title: Any
    url: str
    detail: Any = ""
    members: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Provider:
    """`find(user, text, limit)` answers with at most `limit` hits, from `visible_to(user)` only."""

    group: Any
    find: Callable[[Any, str, int], Iterable[Hit]]
    order: int = 50


_providers: dict[str, Provider] = {}


def register(key: str, provider: Provider) -> None:
    """Called in AppConfig.ready. One provider a key."""
    _providers[key] = provider


def found(user: Any, text: str, limit: int) -> list[tuple[Any, list[Hit]]]:
    """(group, hits) of every stage that found something, in the order of the groups."""
    ordered = sorted(_providers.values(), key=lambda provider: provider.order)
    answers = [(provider.group, list(provider.find(user, text, limit))) for provider in ordered]
    return [(group, hits) for group, hits in answers if hits]
