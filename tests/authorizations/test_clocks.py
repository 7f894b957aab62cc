"""When a decision is due: the worked examples, both sides of every edge, and what must hold for any date."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizations.rules.clocks import (
    Calendar,
    Clock,
    NoSuchLocalTime,
    Pause,
    due,
    extended,
    local,
    moment_of,
    used_percent,
    warnings_due,
)

NEW_YORK = ZoneInfo("America/New_York")
ENGLAND = Calendar(ZoneInfo("Europe/London"), "GB", "ENG")
USA = Calendar(NEW_YORK, "US", "", frozenset({date(2026, 11, 27)}))
WEEK = Clock(days=7)
EXPEDITED = Clock(hours=72)


def at(text, zone=NEW_YORK):
    return local(datetime.fromisoformat(text), zone)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-07-02T16:30", "2026-07-05T16:30:00-04:00"),  # across a public holiday and a weekend
        ("2026-10-31T12:00", "2026-11-03T11:00:00-05:00"),  # the clocks go back: an hour earlier by the clock
        ("2026-03-07T12:00", "2026-03-10T13:00:00-04:00"),  # they go forward: an hour later
        ("2026-11-01T01:30", "2026-11-04T00:30:00-05:00"),  # received in the hour that comes twice, the first time
    ],
)
def test_hours_run_in_elapsed_time(received, expected):
    assert due(EXPEDITED, at(received), USA).at.isoformat() == expected


@pytest.mark.parametrize(
    ("clock", "received", "last_day"),
    [
        (Clock(days=7), "2026-03-02T00:00", "2026-03-09"),
        (Clock(days=7), "2026-03-02T23:59", "2026-03-09"),
        (Clock(days=21), "2026-03-02T14:00", "2026-03-23"),
        (Clock(days=1), "2026-12-31T14:00", "2027-01-01"),
        (Clock(days=5, basis="business"), "2026-03-02T14:00", "2026-03-09"),
        (Clock(days=5, basis="business"), "2026-03-07T14:00", "2026-03-13"),  # a Saturday is day 0 all the same
        (Clock(days=2, basis="business"), "2026-11-25T14:00", "2026-12-01"),  # Thanksgiving and the contract's own day
        (Clock(days=1, basis="business"), "2026-07-02T14:00", "2026-07-06"),  # the fourth of July, kept on the third
    ],
)
def test_a_day_clock_ends_at_the_end_of_its_last_day(clock, received, last_day):
    found = due(clock, at(received), USA).at

    assert found.astimezone(NEW_YORK).replace(tzinfo=None) == datetime.fromisoformat(f"{last_day}T23:59:59.999999")


def test_public_holidays_are_those_of_the_subdivision():
    received = at("2026-04-27T10:00", ENGLAND.zone)
    five = Clock(days=5, basis="business")

    assert ENGLAND.day_of(due(five, received, ENGLAND).at) == date(2026, 5, 5)  # 4 May is a bank holiday
    assert ENGLAND.day_of(due(five, received, Calendar(ENGLAND.zone)).at) == date(2026, 5, 4)  # no calendar: weekdays


def test_the_day_of_receipt_is_a_day_of_the_contracts_timezone():
    late_evening = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)  # still 2 March in New York

    assert USA.day_of(due(WEEK, late_evening, USA).at) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("America/New_York", "2026-03-08", "2026-03-09T03:59:59.999999+00:00"),  # a day of 23 hours
        ("America/New_York", "2026-11-01", "2026-11-02T04:59:59.999999+00:00"),  # a day of 25 hours
        ("Asia/Beirut", "2026-03-28", "2026-03-28T21:59:59.999999+00:00"),  # there is no midnight after it
        ("America/Havana", "2026-10-31", "2026-11-01T03:59:59.999999+00:00"),  # midnight comes twice after it
    ],
)
def test_a_day_ends_when_the_next_begins(zone, day, ends):
    found = Calendar(ZoneInfo(zone)).end_of(date.fromisoformat(day))

    assert found.astimezone(UTC).isoformat() == ends


def test_of_a_local_time_that_occurs_twice_it_is_the_first():
    assert at("2026-11-01T01:30").isoformat() == "2026-11-01T01:30:00-04:00"


def test_a_local_time_that_does_not_exist_is_rejected():
    with pytest.raises(NoSuchLocalTime, match="2026-03-08 02:30 does not exist in America/New_York"):
        at("2026-03-08T02:30")


def test_a_moment_with_an_offset_is_taken_as_it_is():
    assert at("2026-11-01T01:30:00-05:00").isoformat() == "2026-11-01T01:30:00-05:00"


def test_a_pause_of_an_hour_clock_is_left_out_to_the_second():
    pause = Pause(at("2026-07-03T10:00"), at("2026-07-04T12:30"))

    assert due(EXPEDITED, at("2026-07-02T16:30"), USA, pauses=[pause]).at == at("2026-07-06T19:00")


def test_a_pause_of_a_day_clock_leaves_out_its_first_and_last_day():
    pause = Pause(at("2026-03-04T10:00"), at("2026-03-06T09:00"))  # three days
    same_day = Pause(at("2026-03-04T10:00"), at("2026-03-04T11:00"))

    assert USA.day_of(due(WEEK, at("2026-03-02T14:00"), USA, pauses=[pause]).at) == date(2026, 3, 12)
    assert USA.day_of(due(WEEK, at("2026-03-02T14:00"), USA, pauses=[same_day]).at) == date(2026, 3, 10)


def test_a_business_clock_counts_on_after_a_pause():
    pause = Pause(at("2026-04-29T10:00", ENGLAND.zone), at("2026-05-04T10:00", ENGLAND.zone))
    received = at("2026-04-27T10:00", ENGLAND.zone)

    # 28 April; 29 April to 4 May do not count; 5, 6, 7 and 8 May
    found = due(Clock(days=5, basis="business"), received, ENGLAND, pauses=[pause]).at
    assert ENGLAND.day_of(found) == date(2026, 5, 8)


def test_two_pauses_that_share_a_day_leave_it_out_once():
    pauses = [
        Pause(at("2026-03-04T09:00"), at("2026-03-05T09:00")),
        Pause(at("2026-03-05T10:00"), at("2026-03-06T09:00")),
    ]

    assert USA.day_of(due(WEEK, at("2026-03-02T14:00"), USA, pauses=pauses).at) == date(2026, 3, 12)


def test_a_question_asked_too_late_does_not_bring_the_time_back():
    pause = Pause(at("2026-03-10T00:00"), at("2026-03-20T09:00"))

    assert USA.day_of(due(WEEK, at("2026-03-02T14:00"), USA, pauses=[pause]).at) == date(2026, 3, 9)


def test_an_extension_moves_a_day_clock_by_days_and_an_hour_clock_by_elapsed_days():
    days = due(WEEK, at("2026-03-02T14:00"), USA).at
    hours = due(EXPEDITED, at("2026-10-29T12:00"), USA).at

    assert extended(days, 14, WEEK, USA) == USA.end_of(date(2026, 3, 23))
    assert extended(hours, 1, EXPEDITED, USA).isoformat() == "2026-11-02T11:00:00-05:00"


def test_percents_are_of_the_clock_and_not_of_the_time_it_stood():
    received, first_due = at("2026-04-02T00:00"), at("2026-04-12T00:00")
    clock = {"received_at": received, "first_due_at": first_due}
    later = first_due + timedelta(days=5)

    assert used_percent(**clock, due_at=first_due, effect="none", now=at("2026-04-07T00:00")) == 50
    assert used_percent(**clock, due_at=first_due, effect="none", now=at("2026-04-06T23:59")) == 49
    assert used_percent(**clock, due_at=later, effect="pause", now=at("2026-04-12T00:00")) == 50
    assert used_percent(**clock, due_at=first_due + timedelta(days=10), effect="extend", now=first_due) == 50
    assert used_percent(**clock, due_at=first_due, effect="none", now=at("2026-04-13T00:00")) == 110


def test_percents_are_of_elapsed_time_on_a_day_of_23_hours():
    midnight, next_midnight = at("2026-03-08T00:00"), at("2026-03-09T00:00")
    clock = {"received_at": midnight, "first_due_at": next_midnight, "due_at": next_midnight, "effect": "none"}

    assert used_percent(**clock, now=at("2026-03-08T12:30")) == 50
    assert moment_of(50, **clock) == at("2026-03-08T12:30")


def test_every_percent_is_warned_of_once():
    assert warnings_due([50, 80], [], 49) == []
    assert warnings_due([50, 80], [], 50) == [50]
    assert warnings_due([50, 80], [50], 79) == []
    assert warnings_due([80, 50], [], 140) == [50, 80]


moments = st.datetimes(
    datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2040-01-01"), timezones=st.just(UTC)
)
zones = st.sampled_from(["America/New_York", "Europe/London", "Asia/Beirut", "America/Havana", "Australia/Lord_Howe"])


@given(moments, st.integers(1, 400), zones)
def test_elapsed_hours_are_elapsed_whatever_the_timezone(received, hours, zone):
    found = due(Clock(hours=hours), received, Calendar(ZoneInfo(zone))).at

    assert found.astimezone(UTC) - received == timedelta(hours=hours)


@given(moments, st.integers(1, 60), zones)
def test_calendar_days_are_counted_on_the_wall(received, days, zone):
    calendar = Calendar(ZoneInfo(zone))
    found = due(Clock(days=days), received, calendar).at

    assert calendar.day_of(found) - calendar.day_of(received) == timedelta(days=days)
    assert calendar.day_of(found + timedelta(microseconds=1)) == calendar.day_of(found) + timedelta(days=1)


@given(moments, st.integers(1, 30))
def test_as_many_business_days_lie_in_the_clock_as_it_has(received, days):
    found = due(Clock(days=days, basis="business"), received, USA).at
    first, last = USA.day_of(received), USA.day_of(found)
    between = [first + timedelta(days=offset) for offset in range(1, (last - first).days + 1)]

    assert sum(USA.is_business(day) for day in between) == days
    assert USA.is_business(last)


@given(moments, st.sampled_from([WEEK, EXPEDITED, Clock(days=5, basis="business")]), st.data())
def test_a_pause_never_brings_the_due_time_forward_and_never_gives_away_more_than_it_lasted(received, clock, data):
    plain = due(clock, received, USA).at.astimezone(UTC)
    asked = received + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 12)))
    answered = asked + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 30)))
    paused = due(clock, received, USA, pauses=[Pause(asked, answered)]).at.astimezone(UTC)

    assert paused >= plain
    if asked > plain:
        assert paused == plain
    elif clock.hours:
        assert paused - plain == answered - asked
    elif clock.basis == "calendar":
        assert USA.day_of(paused) - USA.day_of(plain) <= USA.day_of(answered) - USA.day_of(asked) + timedelta(days=1)
