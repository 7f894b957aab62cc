"""Who must keep away from deciding a request."""

from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.models import Request, RequestKind
from blended_pilot.kernel.errors import Refused


class TooNear(Refused):
    """The person asked for it, declared a conflict of interest, or denied what is to be reconsidered."""


def require_distance(*, request: Request, actor: User) -> None:
    """Raises TooNear. The database refuses the first two as well."""
    sentence = too_near(request=request, actor=actor)
    if sentence:
        raise TooNear(sentence)


def too_near(*, request: Request, actor: User) -> str:
    """Why the person must not decide this request; empty if they may."""
    if request.requested_by_id == actor.pk:
        return _("You asked for this yourself: somebody else decides it.")
    if request.conflicts.filter(user=actor).exists():
        return _("You declared a conflict of interest: somebody else decides this.")
    denied = request.reconsiders if request.kind == RequestKind.RECONSIDERATION else None
    if denied is not None and denied.decided_by_id == actor.pk:
        return _("You denied it: somebody else reconsiders it.")
    return ""
