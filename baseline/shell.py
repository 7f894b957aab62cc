"""What delivered work adds to the shell: navigation, search and help."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import help as guide
from accounts import menu, search
from accounts.permissions import may
from baseline.models import Activity


def find(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    """Records by their whole reference or its beginning."""
    if not may(user, "activity.view"):
        return
    found = Activity.objects.visible_to(user).filter(activity_ref__startswith=text.strip())
    for record in found.order_by("activity_ref", "pk")[:limit]:
        yield search.Hit(
            title=record.activity_ref,
            url=reverse("baseline:activity", args=[record.pk]),
            detail=f"{record.service}, {date_format(record.occurred_on)}",
        )


search.register("activity", search.Provider(_("Delivered work"), find, order=20))
menu.register(
    menu.Entry(_("Delivered work"), "baseline:activities", "activity.view", menu.Group.MEMBERS, "activity", order=60)
)
guide.register(guide.Topic("activity", _("Delivered work"), pages=("baseline:*",), order=30))
