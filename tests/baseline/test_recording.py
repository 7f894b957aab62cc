"""Recording, correcting and reversing delivered work."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import Role
from accounts.permissions import NotAllowed
from baseline.models import Activity, FollowUp
from baseline.operations import recording, verification
from baseline.operations.recording import (
    BaselineStaysBaseline,
    CorrectedAtItsSource,
    CriteriaUnanswered,
    InTheFuture,
    NotAsTheTemplateAsks,
    NotStanding,
    OneByOne,
    SentAlready,
    UnknownMember,
    UnknownPractitioner,
    UnknownService,
)
from tests.baseline.pilot import NOON, OUTREACH, TODAY, VISIT, Pilot
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import MemberFactory, PractitionerFactory


def refuses(here: Pilot, refusal: type[Exception], **given: Any) -> None:
    """The wish is refused and leaves nothing."""
    before = Activity.objects.count()
    with pytest.raises(refusal):
        here.record(**given)
    assert Activity.objects.count() == before


def correct(here: Pilot, one: Activity, entry: recording.Entry, actor: Any = None) -> Activity:
    return recording.correct(
        activity_id=one.pk, entry=entry, reason="Typed wrongly", actor=actor or here.carer, now=NOON
    )


def test_a_record_keeps_what_was_said_and_who_said_it(here: Pilot) -> None:
    one = here.record(
        planned=False,
        practitioner="cleo",
        place="Home",
        minutes=25,
        present=("member", "family"),
        details={"purpose": "Check-in", "mood": "low", "mode": ""},
    )

    one.refresh_from_db()
    assert (one.service, one.occurred_on, one.planned, one.place, one.minutes) == ("outreach", TODAY, False, "Home", 25)
    assert (one.present, one.details) == (["family", "member"], {"purpose": "Check-in", "mood": "low"})
    assert (one.recorded_by, one.recorded_at, one.received_on, one.source) == (here.carer, NOON, TODAY, "product")
    assert (one.verified_on, one.group_session) == (None, None)


def test_the_same_form_twice_is_one_record(here: Pilot) -> None:
    token = uuid4()
    first = here.record(submission=token)

    assert here.record(submission=token) == first
    assert Activity.objects.count() == 1


def test_a_form_that_says_something_else_the_second_time_is_refused(here: Pilot) -> None:
    token = uuid4()
    here.record(submission=token)

    refuses(here, SentAlready, submission=token, minutes=10)


@pytest.mark.django_db(transaction=True)
def test_a_form_that_arrives_twice_at_once_is_one_record(here: Pilot) -> None:
    token, together, made = UUID(int=7), Barrier(2), []

    def send() -> None:
        together.wait()
        try:
            made.append(here.record(submission=token).pk)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [Activity.objects.get().pk] * 2


def test_a_session_with_several_members_is_a_record_for_each(here: Pilot) -> None:
    members = [here.member, here.another_member(), here.another_member()]
    token = uuid4()

    made = recording.record(
        contract_id=here.contract.pk,
        member_ids=[member.pk for member in members],
        entry=OUTREACH,
        submission=token,
        actor=here.carer,
        now=NOON,
    )

    assert [one.member for one in made] == members
    assert {one.group_session for one in made} == {token}
    assert len({one.activity_ref for one in made}) == 3


def test_a_group_is_not_asked_for_criteria_of_each(here: Pilot) -> None:
    with pytest.raises(OneByOne):
        recording.record(
            contract_id=here.contract.pk,
            member_ids=[here.member.pk, here.another_member().pk],
            entry=VISIT,
            submission=uuid4(),
            actor=here.carer,
            now=NOON,
        )
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (UnknownService, {"service": "massage"}),
        (UnknownService, {"occurred_on": TODAY - timedelta(days=400)}),
        (InTheFuture, {"occurred_on": TODAY + timedelta(days=1)}),
        (NotAsTheTemplateAsks, {"units": Decimal(0)}),
        (NotAsTheTemplateAsks, {"amount": Decimal(10)}),
        (NotAsTheTemplateAsks, {"details": {"mood": "splendid"}}),
        (NotAsTheTemplateAsks, {"details": {"shoe_size": "43"}}),
        (NotAsTheTemplateAsks, {"present": ("parrot",)}),
        (CriteriaUnanswered, {"service": "visit"}),
        (CriteriaUnanswered, {"service": "visit", "criteria_met": ("acute",)}),
        (
            CriteriaUnanswered,
            {"service": "visit", "criteria_met": ("acute", "same_day"), "criteria_not_met": ("acute",)},
        ),
        (CriteriaUnanswered, {"criteria_met": ("acute",)}),
        (UnknownPractitioner, {"practitioner": "somebody"}),
    ],
)
def test_what_does_not_fit_the_terms_is_refused(refusal: type[Exception], given: dict[str, Any], here: Pilot) -> None:
    refuses(here, refusal, **given)


def test_a_visit_that_did_not_take_place_needs_no_answers(here: Pilot) -> None:
    assert here.record(VISIT, criteria_met=(), attempted=True, outcome="no_answer").attempted


def test_only_members_of_the_provider_are_recorded_for(here: Pilot) -> None:
    refuses(here, UnknownMember, member=MemberFactory())


def test_only_the_care_team_records(here: Pilot) -> None:
    refuses(here, NotAllowed, actor=here.colleague(Role.FINANCE))


def test_a_practitioner_records_their_own_work_and_a_supervisor_that_of_others(here: Pilot) -> None:
    PractitionerFactory(organisation=here.contract.provider, reference="other")

    refuses(here, UnknownPractitioner, practitioner="other")
    assert here.record(actor=here.supervisor, practitioner="other").practitioner == "other"


def test_an_unplanned_contact_asks_for_a_follow_up(here: Pilot) -> None:
    one = here.record(planned=False)
    before = FollowUp.objects.filter(activity=one, status="open").count()

    recording.reverse(activity_id=one.pk, reason="Another person", actor=here.carer, now=NOON)

    assert FollowUp.objects.filter(activity=one, status="open").count() == 0
    assert before == FollowUp.objects.filter(activity=one).count()


def test_a_correction_of_substance_waits_for_verification_again(here: Pilot) -> None:
    one = here.record(VISIT)
    verification.verify(activity_id=one.pk, actor=here.supervisor, now=NOON)

    corrected = correct(here, one, replace(VISIT, criteria_met=("acute",), criteria_not_met=("same_day",)))

    corrected.refresh_from_db()
    assert (corrected.verified_on, corrected.verified_by, corrected.verifier) == (None, "", None)
    assert corrected.corrected_by == here.carer


def test_a_correction_of_anything_else_leaves_it_verified(here: Pilot) -> None:
    one = here.record(VISIT)
    verification.verify(activity_id=one.pk, actor=here.supervisor, now=NOON)

    corrected = correct(here, one, replace(VISIT, minutes=40))

    corrected.refresh_from_db()
    assert (corrected.minutes, corrected.verifier, corrected.corrected_by) == (40, here.supervisor, None)


def test_baseline_work_cannot_become_an_episode(here: Pilot) -> None:
    one = here.record()

    with pytest.raises(BaselineStaysBaseline):
        correct(here, one, VISIT)

    one.refresh_from_db()
    assert one.service == "outreach"


def test_a_record_from_a_file_is_corrected_at_its_source(here: Pilot) -> None:
    fed = ActivityFactory(contract=here.contract, member=here.member)

    with pytest.raises(CorrectedAtItsSource):
        correct(here, fed, OUTREACH, here.supervisor)


def test_others_records_are_corrected_by_a_supervisor_only(here: Pilot) -> None:
    one = here.record()

    with pytest.raises(NotAllowed):
        correct(here, one, replace(OUTREACH, minutes=5), here.colleague(Role.PRACTITIONER))
    assert correct(here, one, replace(OUTREACH, minutes=5), here.supervisor).minutes == 5


def test_what_a_supervisor_recorded_is_corrected_by_whoever_delivered_it(here: Pilot) -> None:
    one = here.record(actor=here.supervisor, practitioner="cleo")

    assert correct(here, one, replace(OUTREACH, practitioner="cleo", minutes=5)).minutes == 5


def test_a_reversal_is_a_second_record_and_happens_once(here: Pilot) -> None:
    one = here.record(VISIT)
    reversal = recording.reverse(activity_id=one.pk, reason="Wrong person", actor=here.carer, now=NOON)

    assert (reversal.reverses, reversal.member, reversal.units) == (one.activity_ref, one.member, one.units)
    for again in (one, reversal):
        with pytest.raises(NotStanding):
            recording.reverse(activity_id=again.pk, reason="Again", actor=here.carer, now=NOON)
        with pytest.raises(NotStanding):
            correct(here, again, VISIT)
    assert Activity.objects.count() == 2


def test_people_of_another_provider_neither_record_nor_correct(here: Pilot) -> None:
    stranger = person(Role.SUPERVISOR, MemberFactory().organisation)
    one = here.record()

    refuses(here, NotAllowed, actor=stranger)
    with pytest.raises(NotAllowed):
        correct(here, one, replace(OUTREACH, minutes=5), stranger)
    with pytest.raises(NotAllowed):
        recording.reverse(activity_id=one.pk, reason="Mine", actor=stranger, now=NOON)
