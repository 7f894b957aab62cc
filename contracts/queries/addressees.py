"""Who holds a role at one of the parties of a contract."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Deputy, Membership, User
from accounts.queries.people import in_force
from contracts.models import Contract
from contracts.queries.versions import local_today


def holders(contract: Contract, roles: Iterable[str], now: datetime) -> QuerySet[User]:
    """Active people who hold one of the roles at either party today, and their deputies."""
    today = local_today(contract, now)
    parties = (contract.provider_id, contract.commissioner_id)
    held = Membership.objects.filter(in_force(today), organisation_id__in=parties, role__in=list(roles))
    own = held.filter(user=OuterRef("pk"))
    deputised = Deputy.objects.filter(in_force(today), user=OuterRef("pk"), membership__in=held)
    return User.objects.filter(Q(Exists(own)) | Q(Exists(deputised)), is_active=True, is_system=False)
