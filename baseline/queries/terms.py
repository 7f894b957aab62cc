"""What the signed terms say about services, as tables for SQL: which version governs which days."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from baseline.rules.follow_ups import days_after_unplanned
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


def service_terms(contract_id: int) -> dict[str, Any]:
    """Columns, for `unnest`, of every service by the days for which a version declares it.

    `contact`: work with the member by the provider's own team, so neither costed nor unknown to the terms.
    `unplanned_days`: within how many days an unplanned one is to be followed up, or None.
    """
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("service", "service_from", "service_before", "service_contact", "service_kind", "unplanned_days")
    }
    for version, start, before in governed(signed_terms(contract_id)):
        days = days_after_unplanned(version.document.services)
        for service in version.document.services:
            row = (service.code, start, before, not service.costed, service.kind, days.get(service.code))
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
    return columns
