"""Episodes: drawn down by delivered work, answered to whoever records, ended early, followed up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEntry, Role
from accounts.permissions import NotAllowed
from authorizations.models import Episode
from authorizations.operations.episode_ends import (
    AnotherHasBegun,
    NotEndedEarly,
    NotInsideItsWindow,
    end_early,
    refresh_follow_ups,
    take_back_early_end,
)
from authorizations.queries.episodes import drawings, drawn_down
from baseline.models import FollowUp
from baseline.operations import recording
from baseline.queries.authorisation import Asked, in_force
from baseline.queries.counting import counted
from baseline.queries.sentences import told
from tests.factories.accounts import OrganisationFactory, person
from tests.factories.authorizations import EpisodeFactory
from tests.factories.baseline import ActivityFactory
from tests.factories.care import Care, care

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 30, 16, tzinfo=UTC)
STAY = "stabilization_day"


@pytest.fixture
def episode(ours: Care) -> Episode:
    """Five days in the window from 2 to 15 March."""
    return EpisodeFactory(contract=ours.contract, member=ours.member, episode_ref="1042")


def delivered(ours: Care, reference: str, day: int, units: Any = 1, **values: Any) -> Any:
    return ActivityFactory(
        contract=ours.contract, member=ours.member, service=STAY, activity_ref=reference,
        occurred_on=date(2026, 3, day), units=Decimal(units),
        **{"verified_on": date(2026, 3, day), "verified_by": "Grace", **values},
    )  # fmt: skip


def test_units_are_drawn_in_the_order_of_days_late_and_reversed_records_included(ours: Care, episode: Episode) -> None:
    delivered(ours, "S2", 8)
    delivered(ours, "S1", 5)  # came later
    delivered(ours, "S3", 9)
    delivered(ours, "S3-back", 9, reverses="S3")
    delivered(ours, "S4", 10, attempted=True)
    delivered(ours, "S5", 11, units=2, verified_on=None, verified_by="")
    delivered(ours, "S6", 16)  # after the window
    delivered(ours, "S7", 1)  # before it

    drawn = drawn_down([episode])[episode.pk]

    assert (drawn.used, drawn.left, drawn.unverified, drawn.last_on) == (4, 1, 2, date(2026, 3, 11))
    assert [(one.activity_ref, one.left_after, one.why_not) for one in drawings(episode.pk)] == [
        ("S1", 4, ""), ("S2", 3, ""), ("S3", 3, "reversed"), ("S4", 3, "attempted"), ("S5", 1, ""),
    ]  # fmt: skip


def test_whoever_records_is_told_the_authorisation_and_what_is_left(ours: Care, episode: Episode) -> None:
    delivered(ours, "S1", 5, units=2)
    asked = [Asked(ours.contract.pk, ours.member.pk, STAY, date(2026, 3, day)) for day in (1, 2, 15, 16)]
    asked.append(Asked(ours.contract.pk, ours.member.pk, "crisis_visit", date(2026, 3, 5)))

    answers = in_force(asked)

    assert set(answers) == {asked[1], asked[2]}
    answer = answers[asked[1]]
    assert (answer.number, answer.units, answer.left) == ("1042", 5, 3)
    assert (answer.starts_on, answer.ends_before) == (date(2026, 3, 2), date(2026, 3, 16))
    assert answer.url == reverse("authorizations:episode", args=[episode.pk])
    entry = recording.Entry(service=STAY, occurred_on=date(2026, 3, 6))
    draft = recording.draft(contract=ours.contract, member_id=ours.member.pk, entry=entry, now=NOON)
    [judged] = counted([draft])
    assert told(judged, ours.contract, with_money=False).sentence == (
        "An episode under authorisation 1042, 3 of 5 days left, will be paid once somebody else has verified it."
    )


def test_more_questions_take_no_more_queries(ours: Care, django_assert_num_queries: Any) -> None:
    days = [date(2026, 3, 2) + timedelta(days=14 * number) for number in range(12)]
    for number, day in enumerate(days):
        EpisodeFactory(
            contract=ours.contract, member=ours.member, starts_on=day, ends_before=day + timedelta(7),
            episode_ref=f"E{number}",
        )  # fmt: skip
    asked = [Asked(ours.contract.pk, ours.member.pk, STAY, day) for day in days]

    with django_assert_num_queries(3):
        assert len(in_force(asked)) == 12
    with django_assert_num_queries(3):
        assert len(in_force(asked[:1])) == 1


def test_an_early_end_cuts_the_window_and_may_be_taken_back(ours: Care, episode: Episode) -> None:
    end_early(episode_id=episode.pk, last_day=date(2026, 3, 6), reason="Better.", actor=ours.lead, now=NOON)

    episode.refresh_from_db()
    assert episode.ended_early_on == date(2026, 3, 7)
    seventh = Asked(ours.contract.pk, ours.member.pk, STAY, date(2026, 3, 7))
    assert in_force([seventh]) == {}
    assert Episode.history.filter(id=episode.pk).latest("history_id").history_change_reason == "Better."

    take_back_early_end(episode_id=episode.pk, reason="Not better.", actor=ours.lead, now=NOON)
    assert seventh in in_force([seventh])
    with pytest.raises(NotEndedEarly):
        take_back_early_end(episode_id=episode.pk, reason="Again.", actor=ours.lead, now=NOON)


def test_an_episode_that_should_never_have_begun_holds_no_day(ours: Care, episode: Episode) -> None:
    end_early(episode_id=episode.pk, last_day=None, reason="Wrong member.", actor=ours.lead, now=NOON)

    assert in_force([Asked(ours.contract.pk, ours.member.pk, STAY, date(2026, 3, 2))]) == {}


@pytest.mark.parametrize("last_day", [date(2026, 2, 28), date(2026, 3, 15), date(2026, 4, 1)])
def test_a_last_day_lies_inside_the_window_and_before_its_end(ours: Care, episode: Episode, last_day: date) -> None:
    with pytest.raises(NotInsideItsWindow):
        end_early(episode_id=episode.pk, last_day=last_day, reason="x", actor=ours.lead, now=NOON)

    episode.refresh_from_db()
    assert episode.ended_early_on is None


def test_days_that_another_episode_has_are_not_given_back(ours: Care, episode: Episode) -> None:
    end_early(episode_id=episode.pk, last_day=date(2026, 3, 6), reason="Better.", actor=ours.lead, now=NOON)
    EpisodeFactory(
        contract=ours.contract, member=ours.member, starts_on=date(2026, 3, 9), ends_before=date(2026, 3, 20)
    )

    with pytest.raises(AnotherHasBegun):
        take_back_early_end(episode_id=episode.pk, reason="x", actor=ours.lead, now=NOON)
    with pytest.raises(AnotherHasBegun):
        end_early(episode_id=episode.pk, last_day=date(2026, 3, 10), reason="x", actor=ours.lead, now=NOON)


def test_only_a_lead_or_supervisor_of_the_provider_ends_one(ours: Care, episode: Episode) -> None:
    for actor in (ours.practitioner, ours.at(Role.CLINICAL_LEAD, side="commissioner"), ours.at(Role.FINANCE)):
        with pytest.raises(NotAllowed):
            end_early(episode_id=episode.pk, last_day=date(2026, 3, 6), reason="x", actor=actor, now=NOON)
    end_early(episode_id=episode.pk, last_day=date(2026, 3, 6), reason="x", actor=ours.at(Role.SUPERVISOR), now=NOON)


def test_what_is_due_after_an_episode_follows_its_last_unit() -> None:
    ours = care("CARE-2", services={STAY: {"follow_up_days": 7}})
    episode = EpisodeFactory(contract=ours.contract, member=ours.member, episode_ref="1042")
    delivered(ours, "S1", 5)
    before, contract = datetime(2026, 3, 10, 16, tzinfo=UTC), ours.contract.pk

    assert refresh_follow_ups(contract_id=contract, actor=ours.lead, now=before).made == 0
    assert refresh_follow_ups(contract_id=contract, actor=ours.lead, now=NOON).made == 1
    assert refresh_follow_ups(contract_id=contract, actor=ours.lead, now=NOON).made == 0

    due = FollowUp.objects.get(episode_ref="1042")
    assert (due.happened_on, due.due_on) == (date(2026, 3, 5), date(2026, 3, 12))
    delivered(ours, "S2", 9)
    end_early(episode_id=episode.pk, last_day=date(2026, 3, 9), reason="Better.", actor=ours.lead, now=NOON)
    due.refresh_from_db()
    assert due.due_on == date(2026, 3, 16)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_what_is_left_and_ends_it_early(ours: Care, episode: Episode) -> None:
    delivered(ours, "S-CANARY", 5, units=2)
    lead = signed_in(ours.lead)
    page = lead.get(reverse("authorizations:episode", args=[episode.pk])).content.decode()

    assert "3 of 5 left" in page
    assert "S-CANARY" in page
    assert AccessEntry.objects.filter(verb="view", members__contains=[ours.member.pk]).exists()

    answer = lead.post(
        reverse("authorizations:end_episode", args=[episode.pk]), {"last_day": "2026-03-31", "reason": "Over."}
    )
    assert answer.status_code == 409
    answer = lead.post(
        reverse("authorizations:end_episode", args=[episode.pk]), {"last_day": "2026-03-06", "reason": "Over."}
    )
    assert answer.status_code == 302
    episode.refresh_from_db()
    assert episode.ended_early_on == date(2026, 3, 7)
    assert "ended early" in lead.get(reverse("authorizations:episode", args=[episode.pk])).content.decode()


def test_the_list_asks_as_often_for_three_as_for_one(
    ours: Care, episode: Episode, django_assert_max_num_queries: Any
) -> None:
    lead = signed_in(ours.lead)
    lead.get(reverse("authorizations:episodes"))
    with django_assert_max_num_queries(30) as one:
        lead.get(reverse("authorizations:episodes"))
    for number in range(2):
        day = date(2026, 5, 1) + timedelta(days=30 * number)
        EpisodeFactory(contract=ours.contract, member=ours.member, starts_on=day, ends_before=day + timedelta(7))
    with django_assert_max_num_queries(len(one)):
        page = lead.get(reverse("authorizations:episodes")).content.decode()
    assert page.count("Stabilization package") >= 3


def test_another_organisation_finds_none_of_it(ours: Care, episode: Episode) -> None:
    stranger = signed_in(person(Role.CLINICAL_LEAD, OrganisationFactory()))

    assert stranger.get(reverse("authorizations:episode", args=[episode.pk])).status_code == 404
    assert stranger.post(reverse("authorizations:end_episode", args=[episode.pk]), {"reason": "x"}).status_code == 404
    assert "1042" not in stranger.get(reverse("authorizations:episodes")).content.decode()
