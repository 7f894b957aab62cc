"""The navigation as declared by each stage: an entry names its page and the action it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Group(Enum):
    """Groups in the order in which they stand; a group with one entry that a person may open is a plain link."""

    MEMBERS = ("members", _("Members"), "users")
    CARE = ("care", _("Decisions"), "clipboard-check")
    CONTRACTS = ("contracts", _("Contracts"), "signature")
    MONEY = ("money", _("Money"), "coins")
    OVERSIGHT = ("oversight", _("Oversight"), "chart-line")
    PEOPLE = ("people", _("People"), "building")

    def __init__(self, key: str, label: Any, icon: str) -> None:
        self.key = key
        self.label = label
        self.icon = icon


@dataclass(frozen=True)
class Entry:
    """One line of the navigation. `count` (user) -> int puts a figure beside it; None or 0 shows nothing."""

    label: Any
    url_name: str
    action: str
    group: Group
    icon: str
    order: int = 50
    count: Callable[[Any], int] | None = None


_entries: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    """Called in AppConfig.ready of the stage that owns the page. The same page twice is one entry."""
    _entries[entry.url_name] = entry


def entries() -> list[Entry]:
    order = list(Group)
    return sorted(_entries.values(), key=lambda entry: (order.index(entry.group), entry.order, str(entry.url_name)))
