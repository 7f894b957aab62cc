"""The clock of a submitted request: from the terms of a contract to its due time, through every question.

Each row was worked through by hand; the arithmetic by itself is in test_clocks.py.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from authorizations.operations.questions import answer, ask
from authorizations.operations.requests import submit
from tests.factories.care import AUTHORIZATION, care
from tests.factories.eligibility import LevelSpanFactory

EXPEDITED = {"expedited": {"hours": 72}}
FIVE_DAYS = {"standard": {"days": 5, "basis": "business"}}
PAUSE = {"information_request": {"effect": "pause"}}
EXTEND = {"information_request": {"effect": "extend", "days": 14}}
NEITHER = {"information_request": {"effect": "none"}}
ENGLAND = {"timezone": "Europe/London", "calendar": {"country": "GB", "subdivision": "ENG"}}
USA = {"calendar": {"country": "US", "extra_holidays": ["2026-11-27"]}}

LATER = datetime(2027, 2, 1, tzinfo=UTC)


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due_of(document, clock, received, questions=()):
    """When a request received at a local time is due, after questions asked and answered at local times."""
    ours = care(document=document, clocks={**AUTHORIZATION["clocks"], **clock})
    zone = ZoneInfo(ours.contract.timezone)
    moment = datetime.fromisoformat(received)
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L2", starts_on=moment.date().replace(month=7))
    made = ours.drafted(
        "step_down",
        requested_level="L1",
        starts_on=moment.date() + timedelta(days=30),
        urgency="expedited" if "expedited" in clock else "standard",
    )
    found = submit(request_id=made.pk, received_at=moment, actor=ours.practitioner, now=LATER)
    for asked, answered in questions:
        ask(request_id=found.pk, text="Why?", actor=ours.lead, now=local(asked, zone))
        if answered:
            answer(request_id=found.pk, text="So.", actor=ours.practitioner, now=local(answered, zone))
    found.refresh_from_db()
    return found.due_at.astimezone(zone).isoformat().replace("23:59:59.999999", "end")


@pytest.mark.parametrize(
    ("document", "clock", "received", "questions", "due"),
    [
        ({}, EXPEDITED, "2026-07-02T16:30", [], "2026-07-05T16:30:00-04:00"),
        ({}, EXPEDITED, "2026-10-31T12:00", [], "2026-11-03T11:00:00-05:00"),
        ({}, EXTEND, "2026-03-02T10:00", [("2026-03-05T12:00", "")], "2026-03-23Tend-04:00"),
        (ENGLAND, FIVE_DAYS, "2026-04-27T10:00", [], "2026-05-05Tend+01:00"),
    ],
)
@pytest.mark.django_db
def test_the_worked_clocks_run_through_a_contract_and_a_request(document, clock, received, questions, due):
    assert due_of(document, clock, received, questions) == due


@pytest.mark.parametrize(
    ("document", "clock", "received", "due"),
    [
        # business days: a change of the clocks on Sunday, Veterans Day on Wednesday the 11th
        (USA, {"standard": {"days": 8, "basis": "business"}}, "2026-10-30T10:00", "2026-11-12Tend-05:00"),
        # ... Thanksgiving on the 26th and the contract's own day after it
        (USA, FIVE_DAYS, "2026-11-20T10:00", "2026-12-01Tend-05:00"),
        # ... the clocks go forward on 29 March, Good Friday on 3 April, Easter Monday on the 6th
        (ENGLAND, FIVE_DAYS, "2026-03-27T10:00", "2026-04-07Tend+01:00"),
        # ... Christmas, Boxing Day kept on Monday the 28th, New Year
        (ENGLAND, FIVE_DAYS, "2026-12-24T16:00", "2027-01-05Tend+00:00"),
        # received when nobody works: that day is day 0 all the same
        (USA, FIVE_DAYS, "2026-03-07T23:59", "2026-03-13Tend-04:00"),
        (USA, FIVE_DAYS, "2026-07-03T09:00", "2026-07-10Tend-04:00"),
        # the first and the last moment of a day
        (USA, FIVE_DAYS, "2026-03-02T00:00", "2026-03-09Tend-04:00"),
        (USA, FIVE_DAYS, "2026-03-02T23:59:59.999999", "2026-03-09Tend-04:00"),
        (USA, FIVE_DAYS, "2026-03-03T00:00", "2026-03-10Tend-04:00"),
        # elapsed hours: an hour later by the wall in spring, an hour earlier in autumn, from the hour that comes twice
        ({}, EXPEDITED, "2026-03-07T12:00", "2026-03-10T13:00:00-04:00"),
        (ENGLAND, EXPEDITED, "2026-10-24T01:30", "2026-10-27T00:30:00+00:00"),
        ({}, EXPEDITED, "2026-11-01T01:30", "2026-11-04T00:30:00-05:00"),
        # elapsed hours know no holidays
        (USA, EXPEDITED, "2026-11-25T18:00", "2026-11-28T18:00:00-05:00"),
    ],
)
@pytest.mark.django_db
def test_a_clock_runs_over_holidays_and_changes_of_the_clocks(document, clock, received, due):
    assert due_of(document, clock, received) == due


@pytest.mark.parametrize(
    ("document", "clock", "received", "questions", "due"),
    [
        # asked on Friday, answered on Monday: the weekend would not have counted anyway, the two days do not
        (
            USA,
            FIVE_DAYS | PAUSE,
            "2026-03-05T10:00",
            [("2026-03-06T16:00", "2026-03-09T09:00")],
            "2026-03-16Tend-04:00",
        ),
        # asked and answered on a Sunday: nothing moves
        (
            USA,
            FIVE_DAYS | PAUSE,
            "2026-03-05T10:00",
            [("2026-03-08T09:00", "2026-03-08T18:00")],
            "2026-03-12Tend-04:00",
        ),
        # two questions that share Monday: it is left out once
        (
            USA,
            FIVE_DAYS | PAUSE,
            "2026-03-05T10:00",
            [("2026-03-06T16:00", "2026-03-09T09:00"), ("2026-03-09T15:00", "2026-03-10T09:00")],
            "2026-03-17Tend-04:00",
        ),
        # expedited: 23 hours from Saturday 18:00 to Sunday 18:00, because the clocks go forward between
        (
            {},
            EXPEDITED | PAUSE,
            "2026-03-07T12:00",
            [("2026-03-07T18:00", "2026-03-08T18:00")],
            "2026-03-11T12:00:00-04:00",
        ),
        # ... and twice
        (
            {},
            EXPEDITED | PAUSE,
            "2026-07-02T16:30",
            [("2026-07-03T10:00", "2026-07-04T12:30"), ("2026-07-05T09:00", "2026-07-05T10:00")],
            "2026-07-06T20:00:00-04:00",
        ),
        # asked at the last moment, and one after it
        (
            USA,
            FIVE_DAYS | PAUSE,
            "2026-03-02T10:00",
            [("2026-03-09T23:59", "2026-03-10T09:00")],
            "2026-03-11Tend-04:00",
        ),
        (
            USA,
            FIVE_DAYS | PAUSE,
            "2026-03-02T10:00",
            [("2026-03-10T00:00", "2026-03-20T09:00")],
            "2026-03-09Tend-04:00",
        ),
        # an extension is given once, in elapsed days where hours count
        (
            {},
            EXTEND,
            "2026-03-02T10:00",
            [("2026-03-05T12:00", "2026-03-06T12:00"), ("2026-03-10T12:00", "2026-03-11T12:00")],
            "2026-03-23Tend-04:00",
        ),
        ({}, EXPEDITED | EXTEND, "2026-10-29T12:00", [("2026-10-30T12:00", "")], "2026-11-15T11:00:00-05:00"),
        ({}, EXPEDITED | NEITHER, "2026-07-02T16:30", [("2026-07-03T10:00", "")], "2026-07-05T16:30:00-04:00"),
    ],
)
@pytest.mark.django_db
def test_questions_move_the_clock_as_the_contract_says(document, clock, received, questions, due):
    assert due_of(document, clock, received, questions) == due
