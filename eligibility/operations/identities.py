"""Break the glass: one name, for one view, with a reason that stays in the access log."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import NotAllowed, sides
from blended_pilot.kernel.errors import Refused
from eligibility.models import CoverageSpan, Member

SHORTEST_REASON = 10


class ReasonTooShort(Refused):
    """A reveal needs a reason that a later reader can judge."""


def reveal(*, member_id: int, reason: str, actor: User, now: datetime) -> frozenset[int]:
    """The ids that `queries.identity(revealed=…)` may show in this one response. Writes nothing itself.

    The caller notes it in the access log with `reason`; nothing is kept, so that the next view is pseudonymous again.
    Raises NotAllowed, ReasonTooShort.
    """
    where = sides(actor, "member.reveal")
    member = Member.objects.visible_to(actor).get(pk=member_id)
    ever_covered = CoverageSpan.history.model.objects.filter(member_id=member_id)
    if (
        member.organisation_id not in where.provider
        and not ever_covered.filter(contract__commissioner_id__in=where.commissioner).exists()
    ):
        raise NotAllowed(_("Your roles do not include revealing a name here."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(
            _("Say in a few words why you need the name (at least %(count)s characters). It stays in the access log.")
            % {"count": SHORTEST_REASON}
        )
    return frozenset({member_id})
