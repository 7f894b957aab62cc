"""The weeks that the addresses of the weekly review name, and who may open them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.doors import visible_or_404
from accounts.permissions import sides
from baseline.queries import reviews as queries
from baseline.rules.weeks import WEEK, parse_week
from contracts.models import Contract
from eligibility.models import Practitioner


@dataclass(frozen=True)
class TeamWeek:
    """What the addresses of the weekly review name."""

    contract: Contract
    monday: date
    team: int

    def url(self, name: str = "week", **more: Any) -> str:
        arguments = {"code": self.contract.code, "monday": self.monday.isoformat(), "team": self.team, **more}
        return reverse(f"baseline:{name}", kwargs=arguments)

    def later(self, weeks: int) -> "TeamWeek":
        return TeamWeek(self.contract, self.monday + weeks * WEEK, self.team)

    @property
    def title(self) -> str:
        return _("%(team)s, week of %(monday)s") % {
            "team": queries.teams_of(self.contract)[self.team],
            "monday": date_format(self.monday),
        }


def contracts_reviewed(user: Any) -> QuerySet[Contract]:
    """The contracts whose caseloads the person may look at."""
    return Contract.objects.filter(sides(user, "caseload.view").of_contract()).order_by("code")


def contract_or_404(request: HttpRequest, code: str) -> Contract:
    found: Contract = visible_or_404(request, contracts_reviewed(request.user), code=code)
    return found


def week_or_404(request: HttpRequest, code: str, monday: str, team: int) -> TeamWeek:
    """404 for a day that begins no week, and for a team of somebody else."""
    contract = contract_or_404(request, code)
    try:
        day = parse_week(monday)
    except ValueError:
        raise Http404(_("There is no such week.")) from None
    if team not in queries.teams_of(contract):
        raise Http404(_("There is no such week."))
    return TeamWeek(contract, day, team)


def people_of(contract: Contract, ids: Iterable[int] | None = None) -> dict[int, str]:
    """Names of the provider's practitioners by id, in order: all of them, or those asked for."""
    found = Practitioner.objects.filter(organisation=contract.provider_id)
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    return dict(sorted(((one.pk, str(one)) for one in found), key=lambda pair: pair[1]))
