"""Episodes decided elsewhere: one per reference, corrected with history, never two of one service at a time."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from authorizations.models import Episode
from tests.factories.authorizations import DecisionFactory, EpisodeFactory, RequestFactory
from tests.factories.contracts import MINIMAL_DOCUMENT, signed_contract
from tests.factories.eligibility import MemberFactory
from tests.factories.feeds import counts, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "episode_ref,member_ref,service,from,to,units,decided_on,decided_by,rationale\n"
BY = "2026-03-01,Dr. Marsh,Acute deterioration."


@pytest.fixture
def contract() -> Any:
    day = {
        "code": "day", "name": "Day", "kind": "episodic", "unit": "day", "price": "100.00", "authorization": "required",
    }  # fmt: skip
    contract = signed_contract(services=[*MINIMAL_DOCUMENT["services"], day, {**day, "code": "night", "name": "Night"}])
    for reference in ("A", "B"):
        MemberFactory(organisation=contract.provider, reference=reference)
    return contract


def windows() -> list[tuple[str, date, date, Decimal]]:
    return list(Episode.objects.order_by("episode_ref").values_list("episode_ref", "starts_on", "ends_before", "units"))


def test_an_episode_is_kept_with_who_decided_it_and_why(contract):
    run = send("episodes", contract, HEADER + f"E1,A,day,2026-03-02,2026-03-20,5,{BY}")

    one = Episode.objects.get()
    assert counts(run) == (1, 1, 0, 0)
    assert (one.member.reference, one.service, one.units) == ("A", "day", 5)
    assert (one.starts_on, one.ends_before, one.ended_early_on) == (date(2026, 3, 2), date(2026, 3, 21), None)
    assert (one.decided_on, one.decided_by, one.rationale) == (date(2026, 3, 1), "Dr. Marsh", "Acute deterioration.")
    assert (one.source, one.decision_id, one.feed_run_id) == ("feed", None, run.pk)


def test_a_file_sent_twice_changes_nothing_and_new_content_is_a_change_with_history(contract):
    text = HEADER + f"E1,A,day,2026-03-02,2026-03-20,5,{BY}\nE2,A,night,2026-03-02,2026-03-20,2,{BY}"
    send("episodes", contract, text)

    again = send("episodes", contract, text)
    assert (counts(again), Episode.history.count()) == ((2, 0, 2, 0), 2)

    changed = send("episodes", contract, HEADER + f"E1,B,day,2026-03-03,2026-03-20,7,{BY}")
    assert counts(changed) == (1, 1, 0, 0)
    assert Episode.objects.get(episode_ref="E1").member.reference == "B"
    assert windows()[0] == ("E1", date(2026, 3, 3), date(2026, 3, 21), Decimal(7))
    assert Episode.history.filter(episode_ref="E1").count() == 2


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (f"E1,C,day,2026-03-02,2026-03-20,5,{BY}", "member_ref", "send the roster first"),
        (f"E1,A,week,2026-03-02,2026-03-20,5,{BY}", "service", "is not one of"),
        (f"E1,A,outreach,2026-03-02,2026-03-20,5,{BY}", "service", "which the rates pay for"),
        (f"E1,A,day,2026-03-02,2026-03-01,5,{BY}", "to", "the last day lies before the first"),
        (f"E1,A,day,2026-03-02,2026-03-20,0,{BY}", "units", "must be more than 0"),
        (f"E1,A,day,2026-03-02,2026-03-20,-1,{BY}", "units", "is negative"),
        (f"E1,A,day,2026-03-02,,5,{BY}", "to", "is empty, and it is required"),
        ("E1,A,day,2026-03-02,2026-03-20,5,2031-01-01,Dr. M,Why.", "decided_on", "lies in the future"),
        ("E1,A,day,2026-03-02,2026-03-20,5,2026-03-01,Dr. M,", "rationale", "is empty, and it is required"),
    ],
)
def test_a_faulty_row_is_refused_with_a_sentence_and_the_others_stand(contract, row, column, said):
    run = send("episodes", contract, HEADER + row + f"\nE9,B,day,2026-03-02,2026-03-20,1,{BY}")

    assert counts(run) == (2, 1, 0, 1)
    assert [found[:2] for found in rejected(run)] == [(2, column)]
    assert said in run.rejects.get().sentence
    assert [window[0] for window in windows()] == ["E9"]


def test_rows_that_overlap_are_refused_and_rows_that_touch_are_not(contract):
    run = send(
        "episodes",
        contract,
        HEADER
        + f"E1,A,day,2026-03-02,2026-03-10,5,{BY}\n"
        + f"E2,A,day,2026-03-10,2026-03-20,5,{BY}\n"
        + f"E3,A,day,2026-03-21,2026-03-30,5,{BY}\n"
        + f"E4,A,night,2026-03-05,2026-03-15,5,{BY}\n"
        + f"E5,B,day,2026-03-05,2026-03-15,5,{BY}",
    )

    assert [found[:2] for found in rejected(run)] == [(2, "from"), (3, "from")]
    assert "overlap those of row 3" in run.rejects.get(row_number=2).sentence
    assert [window[0] for window in windows()] == ["E3", "E4", "E5"]


def test_a_row_does_not_overlap_an_earlier_file_unless_that_is_moved_out_of_its_way(contract):
    send("episodes", contract, HEADER + f"E1,A,day,2026-03-02,2026-03-10,5,{BY}")

    refused = send("episodes", contract, HEADER + f"E2,A,day,2026-03-08,2026-03-20,5,{BY}")
    assert "overlap episode E1" in refused.rejects.get().sentence

    moved = send(
        "episodes",
        contract,
        HEADER + f"E2,A,day,2026-03-08,2026-03-20,5,{BY}\nE1,A,day,2026-03-02,2026-03-07,5,{BY}",
    )
    assert counts(moved) == (2, 2, 0, 0)


def test_a_row_that_is_refused_keeps_its_episode_in_the_way_of_others(contract):
    send("episodes", contract, HEADER + f"E1,A,day,2026-03-02,2026-03-10,5,{BY}")

    run = send(
        "episodes",
        contract,
        HEADER
        + f"E1,A,day,2026-03-02,2026-03-03,0,{BY}\n"  # refused: no units
        + f"E2,A,day,2026-03-08,2026-03-20,5,{BY}\n"
        + f"E3,A,day,2026-03-21,2026-03-30,5,{BY}",
    )

    assert [found[:2] for found in rejected(run)] == [(2, "units"), (3, "from")]
    assert [window[0] for window in windows()] == ["E1", "E3"]


def test_a_feed_leaves_an_episode_that_was_decided_here_alone(contract):
    member = MemberFactory(organisation=contract.provider, reference="D")
    entry = DecisionFactory(
        request=RequestFactory(
            contract=contract, member=member, kind="episode", requested_level="", service="day", units=3
        )
    )
    EpisodeFactory(
        contract=contract, member=member, service="day", source="product", episode_ref="", decision=entry,
        starts_on=date(2026, 3, 2), ends_before=date(2026, 3, 9),
    )  # fmt: skip

    run = send("episodes", contract, HEADER + f"E1,D,day,2026-03-08,2026-03-20,5,{BY}")

    assert "was decided in the product" in run.rejects.get().sentence
    assert Episode.objects.count() == 1


def test_an_early_end_stays_as_long_as_the_window_holds_it(contract):
    text = HEADER + f"E1,A,day,2026-03-02,2026-03-20,5,{BY}\nE2,A,day,2026-03-15,2026-03-25,5,{BY}"
    send("episodes", contract, HEADER + f"E1,A,day,2026-03-02,2026-03-20,5,{BY}")
    Episode.objects.filter(episode_ref="E1").update(ended_early_on=date(2026, 3, 10))

    both = send("episodes", contract, text)
    assert counts(both) == (2, 1, 1, 0)
    assert Episode.objects.get(episode_ref="E1").ended_early_on == date(2026, 3, 10)

    send("episodes", contract, HEADER + f"E1,A,day,2026-03-02,2026-03-05,5,{BY}")
    assert Episode.objects.get(episode_ref="E1").ended_early_on is None
