"""What the signed terms say about services, as tables for SQL: which version governs which days."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from baseline.rules.follow_ups import days_after_unplanned
from baseline.rules.package import expectations
from contracts.queries.terms import SignedTerms, VersionTerms, signed_terms


def governed(terms: SignedTerms) -> Iterator[tuple[VersionTerms, date, date]]:
    """(version, from, before): which version governs which days; the last one for ever.

    Days before the first version has come into force are read by the version that governs its first day.
    """
    starts = sorted({version.in_force_from for version in terms.versions})
    for index, start in enumerate(starts):
        version = terms.on(start)
        assert version is not None
        yield version, (date.min if index == 0 else start), (starts[index + 1 : index + 2] or [date.max])[0]


def governing(terms: SignedTerms, day: date) -> VersionTerms | None:
    """The version by which a record of that day is read; None where nothing is signed."""
    return terms.on(day) or next((version for version, _first, _before in governed(terms)), None)


def service_terms(contract_id: int, terms: SignedTerms | None = None) -> dict[str, Any]:
    """Columns, for `unnest`, of every service by the days for which a version declares it.

    `contact`: work with the member by the provider's own team, so neither costed nor unknown to the terms.
    `unplanned_days`: within how many days an unplanned one is to be followed up, or None.
    """
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("service", "service_from", "service_before", "service_contact", "service_kind", "unplanned_days")
    }
    for version, start, before in governed(terms or signed_terms(contract_id)):
        days = days_after_unplanned(version.document.services)
        for service in version.document.services:
            row = (service.code, start, before, not service.costed, service.kind, days.get(service.code))
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
    return columns


def package_terms(contract_id: int, before: date, terms: SignedTerms | None = None) -> dict[str, Any]:
    """Columns, for `unnest`, of what the package expects over windows that end before `before`, and provisional levels.

    `earliest` is the first day that any window holds.
    """
    names = ("service", "level", "from", "before", "times", "window_from", "window_days")
    package: dict[str, list[Any]] = {f"package_{name}": [] for name in names}
    provisional: dict[str, list[Any]] = {f"provisional_{name}": [] for name in ("from", "before", "level")}
    for version, start, end in governed(terms or signed_terms(contract_id)):
        for one in expectations(version.document.baseline.package, before):
            row = (one.service, one.level, start, end, one.times, one.window_from, one.window_days)
            for name, value in zip(package, row, strict=True):
                package[name].append(value)
        for name, value in zip(provisional, (start, end, version.document.provisional_level), strict=True):
            provisional[name].append(value)
    return {**package, **provisional, "earliest": min(package["package_window_from"], default=before)}
