"""What several money pages share: the cycle of an address, its title, and which members a list identifies."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.doors import visible_or_404
from blended_pilot.kernel.periods import parse_month
from blended_pilot.kernel.templatetags import kit
from eligibility.queries.identities import identity_of
from variance.models import Cycle


def members_identified(reader: Any) -> Callable[[Sequence[Any]], Iterable[int]]:
    """The ids of those members in a list of rows whom `reader` can identify: what the access log has to hold."""

    def ids(records: Sequence[Any]) -> Iterable[int]:
        members = {record.member_id for record in records} - {None}
        return [member for member, shown in identity_of(reader, members).items() if shown.identified]

    return ids


def cycle_or_404(request: HttpRequest, code: str, month: str) -> Cycle:
    try:
        first = parse_month(month)
    except ValueError as error:
        raise Http404(str(error)) from None
    visible = Cycle.objects.visible_to(request.user).select_related(
        "contract__commissioner",
        "contract__provider",
        "version",
        "prepared_by",
        "prepared_organisation",
        "approved_by",
        "approved_organisation",
        "calculated_by",
    )
    found: Cycle = visible_or_404(request, visible, contract__code=code, month=first)
    return found


def address(cycle: Cycle, name: str = "cycle") -> str:
    return reverse(f"variance:{name}", args=[cycle.contract.code, f"{cycle.month:%Y-%m}"])


def crumbs(cycle: Cycle | None = None) -> list[tuple[Any, str]]:
    crumbs = [(_("Cycles"), reverse("variance:cycles"))]
    if cycle is not None:
        crumbs.append((title(cycle), address(cycle)))
    return crumbs


def title(cycle: Cycle) -> str:
    return f"{cycle.contract.code}, {kit.month_text(cycle.month)}"
