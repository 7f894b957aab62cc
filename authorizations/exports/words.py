"""How papers say days, moments and codes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from authorizations.queries.proofs import Head
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract


def day(value: date | None) -> str:
    return date_format(value) if value else _("open")


def last_day(ends_before: date | None) -> str:
    return day(ends_before - DAY if ends_before else None)


def moment(value: datetime | None, contract: Contract) -> str:
    """In the contract's timezone, which is named."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(contract.timezone))
    return f"{date_format(local, 'DATE_FORMAT')}, {time_format(local, 'TIME_FORMAT')} {local.tzname() or ''}".strip()


def proved_by(contract: Contract, head: Head | None) -> str:
    """The footer of every paper that comes out of a register."""
    if head is None:
        return _("Register of %(contract)s, not sealed yet") % {"contract": contract.code}
    return _("Register of %(contract)s, sealed up to entry %(entry)s. Head: %(digest)s") % {
        "contract": contract.code,
        "entry": head.last_number,
        "digest": head.digest,
    }
