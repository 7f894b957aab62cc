"""The access log, read: who saw, searched, exported or was refused what."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import AccessEntry, Membership
from accounts.queries.people import visible_organisations


def access_log(user: Any) -> QuerySet[AccessEntry]:
    """Entries of the organisations whose log the person may read, latest first.

    What somebody with roles at several organisations did without naming one stands in the log of each.
    """
    where = visible_organisations(user, "access.view")
    theirs = Membership.objects.filter(user=OuterRef("user"), organisation__in=where)
    return (
        AccessEntry.objects.filter(Q(organisation__in=where) | Q(Exists(theirs), organisation=None))
        .select_related("user")
        .order_by("-at", "-pk")
    )


def seen(member_id: int) -> QuerySet[AccessEntry]:
    """Who saw this member's identity, latest first. The caller has checked that the reader may know."""
    return (
        AccessEntry.objects.filter(members__contains=[member_id])
        .select_related("user", "organisation")
        .order_by("-at", "-pk")
    )
