"""What decisions add to the shell."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import help as guide
from accounts import menu, work
from accounts.permissions import sides
from authorizations.models import SecondLook
from blended_pilot.kernel.templatetags.kit import month_text

menu.register(
    menu.Entry(
        gettext_lazy("Decisions in figures"),
        "authorizations:standing",
        "standing.view",
        menu.Group.OVERSIGHT,
        icon="chart-bar",
        order=60,
    )
)
menu.register(
    menu.Entry(
        gettext_lazy("Second looks"),
        "authorizations:second_looks",
        "second_look.view",
        menu.Group.OVERSIGHT,
        icon="eye",
        order=61,
    )
)
guide.register(
    guide.Topic("decisions-in-figures", gettext_lazy("Decisions in figures"), ("authorizations:standing",), order=46)
)
guide.register(
    guide.Topic(
        "second-look",
        gettext_lazy("The second look"),
        ("authorizations:second_looks", "authorizations:second_look"),
        order=47,
    )
)


def second_looks(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Drawn cases that wait for this person: a heap for each contract and month."""
    where = sides(user, "second_look.give").commissioner
    if not where:
        return
    waiting = SecondLook.objects.filter(contract__commissioner__in=where, looked_at=None).exclude(
        decision__decided_by=user
    )
    heaps = waiting.exclude(decision__requested_by=user).values("contract", "contract__code", "round__month")
    for heap in heaps.annotate(cases=Count("pk")).order_by("round__month", "contract__code"):
        yield work.WorkItem(
            group=_("Second look"),
            title=ngettext(
                "%(cases)s decision of %(month)s to look at again",
                "%(cases)s decisions of %(month)s to look at again",
                heap["cases"],
            )
            % {"cases": heap["cases"], "month": month_text(heap["round__month"])},
            url=reverse("authorizations:second_looks") + f"?contract={heap['contract']}&state=waiting",
            detail=heap["contract__code"],
            count=heap["cases"],
        )


work.register(second_looks)
