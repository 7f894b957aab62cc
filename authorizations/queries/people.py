"""Who deals with requests at a provider: clinical leads, supervisors, and those who act for them."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Deputy, Membership, Role, User
from accounts.permissions import POLICY
from accounts.queries.people import in_force
from authorizations.models import Request
from contracts.models import Contract


def today_of(contract: Contract, now: datetime) -> date:
    return now.astimezone(ZoneInfo(contract.timezone)).date()


def holders_at(organisation_id: int, roles: Iterable[str], today: date) -> QuerySet[User]:
    """Active people with one of the roles at one organisation on the day, and their deputies."""
    held = Membership.objects.filter(in_force(today), organisation=organisation_id, role__in=list(roles))
    own = held.filter(user=OuterRef("pk"))
    deputised = Deputy.objects.filter(in_force(today), user=OuterRef("pk"), membership__in=held)
    return User.objects.filter(Q(Exists(own)) | Q(Exists(deputised)), is_active=True, is_system=False).order_by("name")


def deputies_of(user_id: int, organisation_id: int, today: date) -> QuerySet[User]:
    """Who acts for somebody at an organisation on the day."""
    deputised = Deputy.objects.filter(
        in_force(today), user=OuterRef("pk"), membership__user=user_id, membership__organisation=organisation_id
    )
    return User.objects.filter(Exists(deputised), is_active=True).order_by("name")


def leads(contract: Contract, now: datetime) -> QuerySet[User]:
    return holders_at(contract.provider_id, POLICY["request.decide"].provider, today_of(contract, now))


def supervisors(contract: Contract, now: datetime) -> QuerySet[User]:
    return holders_at(contract.provider_id, [Role.SUPERVISOR], today_of(contract, now))


def may_take(request: Request, now: datetime) -> QuerySet[User]:
    """Clinical leads to whom a request can be given: not the requester, nobody with a declared conflict."""
    return (
        leads(request.contract, now)
        .exclude(pk=request.requested_by_id)
        .exclude(pk__in=request.conflicts.values("user"))
    )
