"""What `manage.py check` finds before anybody asks: a view that does not declare who may open it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLResolver, get_resolver

from accounts.doors import SIGNED_IN
from accounts.permissions import POLICY

UNDECLARED, UNKNOWN = "accounts.E001", "accounts.E002"
# packages that bring their own doors: sign-in and second factors, and redirects to addresses that have a door
WITH_DOORS = ("allauth.", "django.views.generic.base", "django.views.static", "django.contrib.staticfiles.")


@register("access")
def every_view_declares_its_action(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """An error for each address whose view has no `action` (doors.action, doors.public), or one without a policy."""
    return list(_faults(get_resolver().url_patterns, ""))


def _faults(patterns: Iterable[Any], above: str) -> Iterator[CheckMessage]:
    for found in patterns:
        address = above + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from _faults(found.url_patterns, address)
            continue
        view = found.callback
        if getattr(view, "__module__", "").startswith(WITH_DOORS):
            continue
        if not hasattr(view, "action"):
            yield Error(
                f"The view at {address} does not declare who may open it.",
                hint='Decorate it with accounts.doors.action("…"), or public where it is for everybody.',
                obj=view,
                id=UNDECLARED,
            )
        elif view.action not in {None, SIGNED_IN} and view.action not in POLICY:
            yield Error(f"The view at {address} declares {view.action}, which the policy does not know.", id=UNKNOWN)
