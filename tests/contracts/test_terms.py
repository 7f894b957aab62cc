from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.lifecycle import State, VersionFacts, state
from contracts.queries.terms import NoTerms, signed_terms
from tests.factories.contracts import loaded_contract, signed_contract


@pytest.mark.django_db
def test_the_highest_signed_version_in_force_from_then_or_earlier_governs() -> None:
    contract = signed_contract()
    signed_contract(version=2, in_force_from="2026-06-01")
    signed_contract(version=3, in_force_from="2026-02-01")
    loaded_contract(version=4, in_force_from="2026-02-01")
    terms = signed_terms(contract.pk)
    governing = [terms.on(day) for day in (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1), date(2026, 7, 1))]
    assert [version and version.number for version in governing] == [None, 1, 3, 3]
    assert terms.latest.number == 3
    assert terms.first_day == date(2026, 1, 1)


@pytest.mark.django_db
def test_a_contract_without_a_signed_version_has_no_terms() -> None:
    terms = signed_terms(loaded_contract().pk)
    assert not terms
    assert terms.on(date(2026, 6, 1)) is None
    with pytest.raises(NoTerms):
        _ = terms.latest


@pytest.mark.django_db
def test_terms_that_were_read_before_cost_one_query() -> None:
    contract = signed_contract()
    signed_contract(version=2, in_force_from="2026-06-01")
    signed_terms(contract.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        signed_terms(contract.pk)
    assert len(queries) == 1


def facts(number: int, status: str, start: date, signatures: int = 2) -> VersionFacts:
    return VersionFacts(
        number=number, status=status, in_force_from=start, signatures=signatures, term_to=date(2026, 12, 31)
    )


VERSIONS = [
    facts(1, "signed", date(2026, 1, 1)),
    facts(2, "signed", date(2026, 3, 1)),
    facts(3, "signed", date(2026, 9, 1)),
    facts(4, "withdrawn", date(2026, 1, 1), 1),
    facts(5, "draft", date(2026, 1, 1), 0),
    facts(6, "draft", date(2026, 1, 1), 1),
]


@pytest.mark.parametrize(
    ("today", "states"),
    [
        (date(2026, 1, 1), [State.IN_FORCE, State.NOT_YET_IN_FORCE, State.NOT_YET_IN_FORCE]),
        (date(2026, 2, 28), [State.IN_FORCE, State.NOT_YET_IN_FORCE, State.NOT_YET_IN_FORCE]),
        (date(2026, 3, 1), [State.SUPERSEDED, State.IN_FORCE, State.NOT_YET_IN_FORCE]),
        (date(2026, 9, 1), [State.SUPERSEDED, State.SUPERSEDED, State.IN_FORCE]),
        (date(2027, 1, 1), [State.SUPERSEDED, State.SUPERSEDED, State.ENDED]),
    ],
)
def test_the_state_of_a_version_on_a_day(today: date, states: list[State]) -> None:
    expected = [*states, State.WITHDRAWN, State.DRAFT, State.SIGNED_BY_ONE]
    assert [state(version, VERSIONS, today) for version in VERSIONS] == expected
