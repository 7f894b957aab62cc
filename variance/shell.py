"""What the money stage adds to the shell."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import help as guide
from accounts import menu, search, work
from accounts.permissions import sides
from blended_pilot.kernel.templatetags.kit import month_text
from contracts.models import Contract
from contracts.queries.feeds import register_last_closed
from variance.models import Cycle, CycleStatus, Statement
from variance.permissions import APPROVES, PREPARES, may_sign
from variance.queries import pages
from variance.queries.calculation import last_close

MOST_DIGITS = 6  # of a statement's number


def waiting(user: Any, now: datetime) -> Iterable[work.WorkItem]:
    """Months to be opened, calculated, signed and closed, for those who may."""
    group = gettext_lazy("Months")
    unfinished = (
        Cycle.objects.visible_to(user).unfinished().select_related("contract", "version").order_by("contract__code")
    )
    steps = {
        CycleStatus.OPEN: ("cycle.run", _("Calculate %s")),
        CycleStatus.CALCULATED: ("cycle.prepare", _("Send %s for approval")),
        CycleStatus.IN_REVIEW: ("cycle.approve", _("Approve %s")),
        CycleStatus.APPROVED: ("cycle.run", _("Close %s")),
    }
    for cycle in unfinished:
        action, title = steps[CycleStatus(cycle.status)]
        if not sides(user, action) or not _theirs(user, cycle):
            continue
        yield work.WorkItem(
            group=group,
            title=title % month_text(cycle.month),
            url=reverse("variance:cycle", args=[cycle.contract.code, f"{cycle.month:%Y-%m}"]),
            detail=cycle.contract.title,
            tone="info",
        )
    for contract in Contract.objects.filter(sides(user, "cycle.run").of_contract()).order_by("code"):
        month = pages.next_month_of(contract)
        if month and month <= now.date():
            yield work.WorkItem(
                group=group,
                title=_("Open %s") % month_text(month),
                url=reverse("variance:cycles"),
                detail=contract.title,
            )


def _theirs(user: Any, cycle: Cycle) -> bool:
    signature = {CycleStatus.CALCULATED: PREPARES, CycleStatus.IN_REVIEW: APPROVES}.get(CycleStatus(cycle.status))
    return signature is None or may_sign(user, signature, cycle)


def find_statements(user: Any, text: str, limit: int) -> Iterable[search.Hit]:
    """By number ("12") or contract code."""
    rows = Statement.objects.visible_to(user).select_related("contract", "cycle").order_by("-issued_at")
    rows = (
        rows.filter(number=int(text))
        if text.isdecimal() and len(text) < 7
        else rows.filter(contract__code__iexact=text)
    )
    for statement in rows[:limit]:
        yield search.Hit(
            title=_("Statement %(number)s of %(contract)s")
            % {"number": statement.number, "contract": statement.contract.code},
            url=reverse("variance:statement", args=[statement.pk]),
            detail=month_text(statement.cycle.month),
        )


def last_closed_month(contract_id: int) -> date | None:
    """Feeds tell which of their changes reach back behind it."""
    last = last_close(contract_id)
    return last.month if last else None


menu.register(
    menu.Entry(
        gettext_lazy("Cycles"), "variance:cycles", "cycle.view", menu.Group.MONEY, icon="calendar-month", order=10
    )
)


menu.register(
    menu.Entry(
        gettext_lazy("Statements"), "variance:statements", "cycle.view", menu.Group.MONEY, icon="file-invoice", order=20
    )
)
menu.register(
    menu.Entry(gettext_lazy("Ledger"), "variance:ledger", "cycle.view", menu.Group.MONEY, icon="list-details", order=30)
)
menu.register(
    menu.Entry(gettext_lazy("Unpaid work"), "variance:unpaid", "cycle.view", menu.Group.MONEY, icon="receipt", order=40)
)
work.register(waiting)
search.register("statements", search.Provider(gettext_lazy("Statements"), find_statements, order=40))
menu.register(
    menu.Entry(
        gettext_lazy("What the money bought"),
        "variance:bought_contracts",
        "bought.view",
        menu.Group.OVERSIGHT,
        "chart-bar",
        order=10,
    )
)
guide.register(
    guide.Topic(
        "bought",
        gettext_lazy("What the money bought"),
        pages=("variance:bought", "variance:bought_contracts", "variance:bought_members"),
        order=45,
    )
)
guide.register(
    guide.Topic(
        "cycles", gettext_lazy("The month: calculate, sign, close"), ("variance:cycles", "variance:cycle"), order=40
    )
)
guide.register(guide.Topic("ledger", gettext_lazy("Statements, ledger and unpaid work"), ("variance:*",), order=41))
register_last_closed(last_closed_month)
