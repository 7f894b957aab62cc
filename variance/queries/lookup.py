"""What a person at the command line names: a month, its cycle, its statement."""

from datetime import date

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.periods import parse_month
from contracts.models import Contract
from variance.models import Cycle, CycleStatus, Statement


class NoCycle(Refused):
    """The month has not been opened."""


class NoStatement(Refused):
    """The month has not been closed."""


def month(text: str) -> date:
    """`2026-03` as the first of March 2026. Raises Unusable."""
    try:
        return parse_month(text)
    except ValueError as error:
        raise Unusable(str(error)) from None


def cycle(contract: Contract, of: date) -> Cycle:
    """Raises NoCycle."""
    found = Cycle.objects.select_related("contract").filter(contract=contract, month=of).first()
    if found is None:
        raise NoCycle(
            _("%(contract)s has no cycle for %(month)s: open it first.")
            % {"contract": contract.code, "month": f"{of:%Y-%m}"}
        )
    return found


def statement(contract: Contract, of: date) -> Statement:
    """Raises NoCycle, NoStatement."""
    of_month = cycle(contract, of)
    if of_month.status != CycleStatus.CLOSED:
        raise NoStatement(
            _("%(month)s of %(contract)s is %(status)s; its statement is issued when it closes.")
            % {
                "month": f"{of:%Y-%m}",
                "contract": contract.code,
                "status": of_month.get_status_display().lower(),
            }
        )
    return Statement.objects.select_related("contract", "cycle").get(cycle=of_month)
