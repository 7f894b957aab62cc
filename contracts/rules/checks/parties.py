"""Parties, term, calendar and the vocabularies."""

from functools import lru_cache
from zoneinfo import available_timezones

import holidays

from blended_pilot.kernel.periods import first_of_month
from contracts.rules.checks.tables import codes
from contracts.rules.currencies import CURRENCIES
from contracts.rules.document import ContractDocument
from contracts.rules.faults import Faults


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def countries() -> dict[str, list[str]]:
    """Countries whose public holidays are known, with the subdivisions that have their own."""
    return dict(holidays.list_supported_countries())


def check_parties(document: ContractDocument, faults: Faults) -> None:
    if document.commissioner.code == document.provider.code:
        faults.add(
            "provider",
            "code",
            sentence=f"'{document.provider.code}' is the commissioner as well; a contract is between two organisations",
        )
    if document.currency not in CURRENCIES:
        faults.add("currency", sentence=f"'{document.currency}' is not a currency code such as USD or EUR")
    if document.timezone not in timezones():
        faults.add("timezone", sentence=f"'{document.timezone}' is not a timezone such as America/New_York")
    _check_dates(document, faults)
    _check_calendar(document, faults)
    faults.once("attachments", values=[item.file for item in document.attachments], key="file")
    for index, item in enumerate(document.attachments):
        if "/" in item.file or "\\" in item.file:
            faults.add("attachments", index, "file", sentence=f"'{item.file}' is a path; write the file's name alone")
    for key in ("levels", "cohorts", "geographies"):
        faults.once(key, values=codes(getattr(document, key)), key="code")
    faults.once("levels", values=[level.rank for level in document.levels], key="rank")


def _check_dates(document: ContractDocument, faults: Faults) -> None:
    term = document.term
    if term.to < term.from_:
        faults.add("term", "to", sentence=f"{term.to} is before {term.from_}, the day the term is from")
    elif document.in_force_from > term.to:
        faults.add("in_force_from", sentence=f"{document.in_force_from} is after the term's last day, {term.to}")
    elif document.in_force_from < first_of_month(term.from_):
        faults.add(
            "in_force_from", sentence=f"{document.in_force_from} is before the term's first month, {term.from_:%Y-%m}"
        )


def _check_calendar(document: ContractDocument, faults: Faults) -> None:
    calendar = document.calendar
    if calendar is None:
        return
    if calendar.country not in countries():
        faults.add(
            "calendar",
            "country",
            sentence=f"'{calendar.country}' is not a country code whose public holidays are known, such as US or GB",
        )
    elif calendar.subdivision is not None:
        faults.among(
            "calendar",
            "subdivision",
            value=calendar.subdivision,
            known=countries()[calendar.country],
            what="subdivisions",
        )
    faults.once("calendar", "extra_holidays", values=calendar.extra_holidays)
