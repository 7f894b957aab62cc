"""The level that counts on a day, and the geometry of a timeline. No database."""

from datetime import date

from eligibility.rules.levels import Counted, Decided, Period, care_level, counted, level_in_force, unbroken_since
from eligibility.rules.timeline import Stretch, drawn

JANUARY, MARCH, MAY, JULY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1)
TERMS = {"provisional": "L1", "lapsed": "L0"}


def test_the_level_is_provisional_before_decided_within_and_lapsed_after_a_span() -> None:
    decided = [Decided(MARCH, MAY, "L3")]

    assert [level_in_force(day, decided, **TERMS) for day in (JANUARY, MARCH, date(2026, 4, 30), MAY)] == [
        ("L1", "provisional"),
        ("L3", "decided"),
        ("L3", "decided"),
        ("L0", "lapsed"),
    ]


def test_the_level_of_care_stands_after_its_end_until_the_next_decision() -> None:
    decided = [Decided(MARCH, date(2026, 4, 1), "L3"), Decided(JULY, None, "L2")]

    assert [care_level(day, decided, provisional="L1") for day in (JANUARY, MARCH, MAY, JULY)] == [
        "L1",
        "L3",
        "L3",
        "L2",
    ]
    assert care_level(JANUARY, [], provisional=None) is None


def test_terms_without_a_provisional_level_give_none() -> None:
    assert level_in_force(JANUARY, [], provisional=None, lapsed=None) == (None, "provisional")


def test_covered_days_without_a_decision_are_filled_in_and_uncovered_ones_are_not() -> None:
    stretches = counted([Period(JANUARY, MAY), Period(JULY, None)], [Decided(MARCH, date(2026, 4, 1), "L3")], **TERMS)

    assert stretches == [
        Counted(JANUARY, MARCH, "L1", "provisional"),
        Counted(MARCH, date(2026, 4, 1), "L3", "decided"),
        Counted(date(2026, 4, 1), MAY, "L0", "lapsed"),
        Counted(JULY, None, "L0", "lapsed"),
    ]


def test_an_open_decision_leaves_nothing_to_fill_in() -> None:
    assert counted([Period(JANUARY, None)], [Decided(JANUARY, None, "L2")], **TERMS) == [
        Counted(JANUARY, None, "L2", "decided")
    ]


def test_a_decision_after_the_coverage_does_not_stretch_it() -> None:
    assert counted([Period(JANUARY, MARCH)], [Decided(MAY, None, "L2")], **TERMS) == [
        Counted(JANUARY, MARCH, "L1", "provisional"),
        Counted(MAY, None, "L2", "decided"),
    ]


def test_touching_spans_are_one_cover_and_a_gap_begins_anew() -> None:
    touching = [Period(JANUARY, MARCH), Period(MARCH, MAY), Period(MAY, None)]
    broken = [Period(JANUARY, MARCH), Period(MAY, JULY), Period(JULY, None)]

    assert (unbroken_since(touching), unbroken_since(broken), unbroken_since([Period(MAY, None)])) == (
        JANUARY,
        MAY,
        MAY,
    )


def test_a_timeline_spans_whole_months_up_to_today() -> None:
    spans = [Stretch(date(2026, 1, 16), MARCH, "Adults", "coverage", "Adults: January to February")]

    timeline = drawn([("Coverage", spans)], today=date(2026, 3, 16))

    assert timeline is not None
    assert (timeline.first, timeline.before) == (JANUARY, date(2026, 4, 1))
    [bar] = timeline.lanes[0].bars
    assert (bar.x, bar.width, bar.open) == ("16.667%", "48.889%", False)
    assert [tick.month for tick in timeline.ticks] == [JANUARY, date(2026, 2, 1), MARCH]
    assert [tick.late for tick in timeline.ticks] == [False, False, False]
    assert timeline.today == "82.222%"


def test_an_open_span_runs_to_the_right_edge() -> None:
    timeline = drawn([("Level", [Stretch(JANUARY, None, "L1", "level-1", "L1")])], today=date(2026, 3, 16))

    assert timeline is not None
    [bar] = timeline.lanes[0].bars
    assert (bar.x, bar.width, bar.open) == ("0.000%", "100.000%", True)


def test_a_narrow_bar_says_it_shortly() -> None:
    wide = Stretch(JANUARY, MARCH, "L1 Core", "level-1", "L1 Core", short="L1")
    narrow = Stretch(MARCH, date(2026, 3, 8), "L4 Daily support", "level-4", "L4 Daily support", short="L4")

    timeline = drawn([("Level", [wide, narrow])], today=MARCH)

    assert timeline is not None
    assert [bar.label for bar in timeline.lanes[0].bars] == ["L1 Core", "L4"]


def test_a_long_history_has_few_ticks() -> None:
    timeline = drawn([("Level", [Stretch(date(2016, 1, 1), None, "L1", "level-1", "L1")])], today=MARCH)

    assert timeline is not None
    assert len(timeline.ticks) <= 6


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn([("Coverage", [])], today=MARCH) is None
