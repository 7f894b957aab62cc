"""A wrong entry: superseded or voided by a second clinical lead, and what it put in force goes with it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Notice, Role
from accounts.permissions import NotAllowed
from authorizations.models import Decision, Episode
from authorizations.operations.corrections import NotCorrectedHere, OwnEntry, ReplacedAlready, supersede, void
from authorizations.operations.decisions import NotDecidable, decide
from authorizations.operations.distance import TooNear
from authorizations.operations.queue import declare_conflict
from eligibility.models import LevelSpan
from tests.factories.care import MONDAY, Care, approval, denial

LATER = MONDAY + timedelta(days=1)
THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))


@pytest.fixture
def upgraded(ours: Care) -> Decision:
    ours.unplanned(*THREE)
    return decide(request_id=ours.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)


@pytest.fixture
def stay(ours: Care) -> Decision:
    request = ours.asked(
        "episode",
        service="stabilization_day",
        units=Decimal(7),
        starts_on=date(2026, 3, 2),
        ends_before=date(2026, 3, 12),
    )
    given = approval(level="", units=Decimal(7), ends_before=date(2026, 3, 12))
    return decide(request_id=request.pk, verdict=given, actor=ours.lead, now=MONDAY)


def levels() -> list[tuple[str, date, date | None]]:
    return list(LevelSpan.objects.order_by("starts_on").values_list("level", "starts_on", "ends_before"))


def test_a_second_lead_puts_another_level_in_the_place_of_a_wrong_one(ours: Care, upgraded: Decision) -> None:
    verdict = approval(
        level="L4", ends_before=date(2026, 3, 20), difference_reason="clinical_judgment", difference_text="Worse."
    )

    new = supersede(entry_id=upgraded.pk, verdict=verdict, reason="Misread.", actor=ours.second_lead, now=LATER)

    assert (new.number, new.kind, new.replaces_id, new.replaces_reason) == (2, "supersession", upgraded.pk, "Misread.")
    assert (new.level, new.outcome, new.decided_by) == ("L4", "changed", ours.second_lead)
    assert [level for level, *_days in levels()] == ["L2", "L4"]
    upgraded.refresh_from_db()
    assert (upgraded.level, upgraded.kind) == ("L3", "decision")


def test_an_entry_that_is_voided_leaves_the_level_that_was_there_before(ours: Care, upgraded: Decision) -> None:
    new = void(entry_id=upgraded.pk, reason="Another member was meant.", actor=ours.second_lead, now=LATER)

    assert (new.kind, new.outcome, new.level, new.starts_on) == ("voiding", "void", "", None)
    assert [level for level, *_days in levels()] == ["L2"]
    assert levels()[0][2] == date(2026, 7, 1)


def test_whoever_asked_is_told_that_a_decision_was_replaced_or_taken_back(ours: Care, upgraded: Decision) -> None:
    new = supersede(entry_id=upgraded.pk, verdict=denial(), reason="Misread.", actor=ours.second_lead, now=LATER)
    void(entry_id=new.pk, reason="Another member.", actor=ours.lead, now=LATER)

    told = Notice.objects.filter(user=ours.practitioner).order_by("pk").values_list("sentence", flat=True)
    assert list(told)[-2:] == [
        f"{upgraded.request}: its decision was replaced. It is now denied.",
        f"{upgraded.request}: its decision was taken back. What it asked for can be asked for anew.",
    ]


def test_an_episode_goes_with_its_entry_and_comes_back_as_it_should_have_been(ours: Care, stay: Decision) -> None:
    assert Episode.objects.get().units == 7

    verdict = approval(
        level="", units=Decimal(5), ends_before=date(2026, 3, 9), difference_reason="clinical_judgment",
        difference_text="Five days will do.",
    )  # fmt: skip
    new = supersede(entry_id=stay.pk, verdict=verdict, reason="Too many.", actor=ours.second_lead, now=LATER)

    episode = Episode.objects.get()
    assert (episode.decision_id, episode.units, episode.ends_before) == (new.pk, 5, date(2026, 3, 9))
    void(entry_id=new.pk, reason="Not needed.", actor=ours.lead, now=LATER)
    assert not Episode.objects.exists()


def test_a_denial_that_was_wrong_becomes_an_approval(ours: Care) -> None:
    ours.unplanned(*THREE)
    wrong = decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)

    new = supersede(entry_id=wrong.pk, verdict=approval(), reason="Wrong file.", actor=ours.second_lead, now=LATER)

    assert (new.outcome, new.level) == ("approved", "L3")
    assert [level for level, *_days in levels()] == ["L2", "L3"]


def refused(error: type[Exception], entry: Decision, actor: Any) -> str:
    before = levels()
    with pytest.raises(error) as refusal:
        void(entry_id=entry.pk, reason="Wrong.", actor=actor, now=LATER)
    assert levels() == before
    return str(refusal.value)


def test_whoever_made_or_asked_for_it_does_not_correct_it(ours: Care, upgraded: Decision) -> None:
    assert "second clinical lead" in refused(OwnEntry, upgraded, ours.lead)
    refused(NotAllowed, upgraded, ours.practitioner)
    refused(NotAllowed, upgraded, ours.at(Role.CLINICAL_LEAD, side="commissioner"))
    assert Decision.objects.count() == 1


def test_a_declared_conflict_keeps_away_from_correcting(ours: Care) -> None:
    ours.unplanned(*THREE)
    request = ours.asked()
    declare_conflict(request_id=request.pk, reason="My aunt.", actor=ours.second_lead, now=MONDAY)
    entry = decide(request_id=request.pk, verdict=approval(), actor=ours.lead, now=MONDAY)

    refused(TooNear, entry, ours.second_lead)


def test_an_entry_is_replaced_once_and_a_voiding_by_nothing(ours: Care, upgraded: Decision) -> None:
    new = void(entry_id=upgraded.pk, reason="Wrong.", actor=ours.second_lead, now=LATER)

    assert "Decision 2 has taken the place" in refused(ReplacedAlready, upgraded, ours.second_lead)
    refused(NotCorrectedHere, new, ours.lead)


def test_a_verdict_that_does_not_fit_the_terms_leaves_everything_as_it_was(ours: Care, upgraded: Decision) -> None:
    before = levels()

    with pytest.raises(NotDecidable) as refusal:
        supersede(
            entry_id=upgraded.pk,
            verdict=approval(ends_before=date(2026, 12, 1), necessity=""),
            reason="Longer.",
            actor=ours.second_lead,
            now=LATER,
        )

    assert "The rationale is incomplete: clinical necessity." in refusal.value.reasons
    assert (levels(), Decision.objects.count()) == (before, 1)
