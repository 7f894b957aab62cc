"""The generated pilot is the same every time, hangs together, and has the faults that it is meant to have."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from blended_pilot.demo.feeds import Feed, Source
from blended_pilot.demo.providers import Provider, marsh_lane, tidewater
from blended_pilot.demo.story import Story
from blended_pilot.demo.terms import as_yaml, documents

TODAY = date(2026, 11, 22)
STORY = Story(today=TODAY, members=300, months=8)


@pytest.fixture(scope="module")
def provider() -> Provider:
    return tidewater(STORY)


@pytest.fixture(scope="module")
def feeds(provider: Provider) -> list[Feed]:
    source = Source(STORY, provider)
    return [feed for number in range(STORY.months + 1) for feed in source.batch(number)]


def rows(feeds: list[Feed], kind: str) -> list[dict[str, str]]:
    return [row for feed in feeds if feed.kind == kind for row in feed.rows]


def test_the_same_story_gives_the_same_files(provider: Provider, feeds: list[Feed]) -> None:
    source = Source(Story(today=TODAY, members=300, months=8), provider)
    again = [feed for number in range(STORY.months + 1) for feed in source.batch(number)]
    assert [(feed.name, feed.text) for feed in again] == [(feed.name, feed.text) for feed in feeds]


def test_more_members_leave_the_first_ones_as_they_were(provider: Provider) -> None:
    first = next(Source(STORY, provider).everything()["services"]())
    larger = Story(today=TODAY, members=301, months=8)
    assert next(Source(larger, tidewater(larger)).everything()["services"]()) == first


def test_every_file_is_sent_after_what_it_reports_and_not_after_today(feeds: list[Feed]) -> None:
    for feed in feeds:
        assert feed.sent_on <= TODAY
        for row in feed.rows:
            if feed.kind == "services" and "/" not in row["occurred_on"]:
                assert date.fromisoformat(row["occurred_on"][:10]) <= feed.sent_on


@pytest.mark.parametrize("kind", ["roster", "levels"])
def test_spans_of_one_member_never_overlap(provider: Provider, kind: str) -> None:
    spans: dict[str, list[tuple[date, date]]] = {}
    for row in Source(STORY, provider).everything()[kind]():
        if "void" not in row:
            last = date.fromisoformat(row["to"]) if row["to"] else date.max
            spans.setdefault(row["member_ref"], []).append((date.fromisoformat(row["from"]), last))
    assert len(spans) > 250
    for of_member in spans.values():
        assert all(first <= last for first, last in of_member)
        assert all(before[1] < after[0] for before, after in pairwise(sorted(of_member)))


def test_rows_that_arrive_broken_are_sent_again_as_they_should_be(feeds: list[Feed]) -> None:
    corrected = [feed for feed in feeds if feed.name.endswith("-corrected.csv")]
    assert {feed.kind for feed in corrected} >= {"roster", "services"}
    by_name = {feed.name: feed for feed in feeds}
    for feed in corrected:
        sent = by_name[feed.name.replace("-corrected", "")]
        assert not set(map(str, feed.rows)) & set(map(str, sent.rows))


def test_what_makes_a_ledger_interesting_is_there(feeds: list[Feed]) -> None:
    services = rows(feeds, "services")
    versions = Counter(row["activity_ref"] for row in services)
    references = set(versions)
    assert max(versions.values()) > 1  # corrected or verified later
    reversals = [row["reverses"] for row in services if row["reverses"]]
    assert reversals
    assert set(reversals) <= references
    assert any(row["attempted"] == "yes" for row in services)
    assert any(row["planned"] == "no" for row in services)
    assert any(not row["verified_on"] for row in services)
    assert {row["service"] for row in services} >= {"outreach", "crisis_visit", "specialist", "inpatient_day"}


def test_days_of_one_month_are_received_with_that_months_files() -> None:
    fourth = STORY.month(3).replace(day=4)
    assert STORY.batch(fourth - timedelta(days=1)) == 2
    assert STORY.batch(fourth) == 3
    assert STORY.reported_on(2) == fourth


def test_the_second_version_changes_a_rate_and_a_price_and_the_third_asks_for_weekly_reviews(
    provider: Provider,
) -> None:
    first, second, third = documents(STORY, provider)
    assert second["in_force_from"] == STORY.month(STORY.uplift_month)
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {"version", "in_force_from", "services", "baseline"}
    assert {key for key in second if second[key] != third[key]} == {"version", "in_force_from", "gates"}


def test_the_second_provider_is_small_and_its_own(provider: Provider) -> None:
    other = marsh_lane(STORY)
    assert other.members == 15
    assert {place.geography for place in other.places}.isdisjoint(place.geography for place in provider.places)
    assert as_yaml(documents(STORY, other)[0]).startswith("schema: blended-pilot/contract/1\ncode: MARSH-LANE\n")
