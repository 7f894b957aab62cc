"""Whose clock a page goes by that belongs to no contract: the person's own.

That is the zone that they chose for their letters; without one, that of their contracts, which the stage that owns
contracts tells here.
"""

from collections.abc import Callable
from typing import Any

from accounts.models import NoticeSettings

Provider = Callable[[Any], str]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """`provider(user)` names a zone, or "" where it knows none. Called in AppConfig.ready; twice is once."""
    if provider not in _providers:
        _providers.append(provider)


def own_zone(user: Any) -> str:
    """The name of the person's timezone; "UTC" where nothing tells another."""
    chosen = NoticeSettings.objects.filter(user=user).values_list("timezone", flat=True).first()
    return chosen or next(filter(None, (provider(user) for provider in _providers)), "UTC")
