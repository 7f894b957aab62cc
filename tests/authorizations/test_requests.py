"""Asking: what each kind needs, what is kept at submission, and the moves between states."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from accounts.models import Role
from accounts.permissions import NotAllowed
from authorizations.models import Request
from authorizations.operations.moves import NotInThisState
from authorizations.operations.requests import (
    Attached,
    CannotBe,
    NoSuchMoment,
    NotReady,
    OneIsOpen,
    Wish,
    change,
    submit,
    withdraw,
)
from authorizations.rules.terms import read
from eligibility.models import CoverageSpan
from tests.factories.authorizations import DecisionFactory
from tests.factories.baseline import ActivityFactory, FollowUpFactory
from tests.factories.care import MONDAY, TRIGGERS, care

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))


def missing(request, **given):
    with pytest.raises(NotReady) as refused:
        submit(request_id=request.pk, actor=request.requested_by, now=given.pop("now", MONDAY), **given)
    request.refresh_from_db()
    assert (request.status, request.terms, request.triggers, request.due_at) == ("draft", {}, [], None)
    return refused.value.reasons


def test_an_upgrade_without_triggers_is_refused_with_each_of_them_named(ours):
    ours.unplanned(*THREE[:2])
    reasons = missing(ours.drafted())

    assert reasons == (
        "An upgrade needs at least 1 of the contract's triggers, and 0 of them are met.",
        "unplanned_contacts: 2 of 3 contacts within 14 days are in the record.",
        "deterioration: the score rose by 0 within 60 days, and 4 is needed.",
        "missed_follow_up: no follow-up is overdue by 7 days or more.",
        "safeguarding: nobody attests it.",
    )


def test_three_unplanned_contacts_carry_it_and_are_kept_as_they_were(ours):
    made = ours.drafted()
    ours.unplanned(*THREE)
    submitted = submit(request_id=made.pk, actor=ours.practitioner, now=MONDAY)
    ours.unplanned(date(2026, 3, 2))
    submitted.refresh_from_db()

    [first, *others] = submitted.triggers
    assert (first["code"], first["met"], first["found"], first["since"]) == (
        "unplanned_contacts",
        True,
        3,
        "2026-03-01",
    )
    assert [fact["on"] for fact in first["facts"]] == [day.isoformat() for day in THREE]
    assert [one["met"] for one in others] == [False, False, False]
    assert (submitted.status, submitted.current_level, submitted.cohort) == ("submitted", "L2", "adult")


NINETY_DAYS = {"minimum": 1, "list": [{**TRIGGERS[0], "within_days": 90}]}
FIRST, SECOND, THIRD = date(2026, 1, 5), date(2026, 2, 20), date(2026, 4, 4)


@pytest.mark.parametrize(
    ("contacts", "received", "since"),
    [
        ([FIRST, SECOND, THIRD], "2026-04-04T12:00", THIRD),  # the first and the last day of one window
        ([FIRST, SECOND, THIRD], "2026-04-04T00:00", THIRD),
        ([FIRST, SECOND, THIRD], "2026-04-04T23:59", THIRD),
        ([FIRST, SECOND, THIRD], "2026-07-02T23:59", THIRD),  # the third is the first of the ninety days to receipt
        ([date(2026, 1, 4), FIRST, SECOND, THIRD], "2026-04-04T12:00", THIRD),
        ([date(2025, 12, 31), FIRST, SECOND, date(2026, 3, 30)], "2026-04-04T12:00", SECOND),
    ],
)
@pytest.mark.django_db
def test_unplanned_contacts_count_in_a_window_with_both_its_ends(contacts, received, since):
    ours = care(triggers=NINETY_DAYS)
    ours.unplanned(*contacts)
    day = datetime.fromisoformat(received)
    found = submit(
        request_id=ours.drafted(starts_on=day.date()).pk,
        received_at=day,
        actor=ours.practitioner,
        now=datetime(2026, 12, 1, tzinfo=UTC),
    )

    [trigger] = found.triggers
    assert (trigger["met"], trigger["since"], trigger["within_days"]) == (True, since.isoformat(), 90)
    assert [fact["on"] for fact in trigger["facts"]][-3:] == [day.isoformat() for day in sorted(contacts)[-3:]]


@pytest.mark.parametrize(
    ("contacts", "received", "found"),
    [
        ([date(2026, 1, 4), SECOND, THIRD], "2026-04-04T12:00", 2),  # the first lies one day before the window
        ([FIRST, SECOND, date(2026, 4, 5)], "2026-04-05T12:00", 2),  # the third one day after it
        ([FIRST, SECOND, THIRD], "2026-04-03T23:59", 2),  # received before the third took place
        ([FIRST, SECOND, THIRD], "2026-07-03T00:00", 0),  # the last of them is too long ago
        ([FIRST, FIRST, THIRD], "2026-04-04T12:00", 2),  # one contact that two systems report
    ],
)
@pytest.mark.django_db
def test_contacts_beyond_the_window_carry_no_request(contacts, received, found):
    ours = care(triggers=NINETY_DAYS)
    ours.unplanned(*contacts)
    day = datetime.fromisoformat(received)
    late = datetime(2026, 12, 1, tzinfo=UTC)

    reasons = missing(ours.drafted(starts_on=day.date()), received_at=day, now=late)
    assert f"unplanned_contacts: {found} of 3 contacts within 90 days are in the record." in reasons


def test_planned_attempted_and_reversed_contacts_are_no_unplanned_ones(db):
    ours = care(triggers=NINETY_DAYS)
    of = {"contract": ours.contract, "member": ours.member, "service": "crisis_visit", "planned": False}
    ActivityFactory(**of | {"planned": True}, occurred_on=FIRST)
    ActivityFactory(**of, attempted=True, occurred_on=SECOND)
    wrong = ActivityFactory(**of, occurred_on=date(2026, 3, 1))
    ActivityFactory(**of, occurred_on=date(2026, 3, 1), reverses=wrong.activity_ref)
    ours.unplanned(date(2026, 2, 28), date(2026, 3, 2))

    assert "unplanned_contacts: 2 of 3 contacts within 90 days are in the record." in missing(ours.drafted())


def test_a_rising_score_and_a_missed_follow_up_are_triggers(ours):
    ours.scored(date(2026, 1, 10), 10, "L2")
    ours.scored(date(2026, 3, 1), 15)
    FollowUpFactory(
        activity__contract=ours.contract,
        activity__member=ours.member,
        due_on=date(2026, 2, 20),
        happened_on=date(2026, 2, 13),
    )

    met = {one["code"] for one in ours.asked().triggers if one["met"]}
    assert met == {"deterioration", "missed_follow_up"}


def test_an_attested_trigger_demands_its_evidence(ours):
    said = {"safeguarding": "Bruises that nobody explains."}
    without = ours.drafted(attested=said)
    assert "safeguarding: attested, but its evidence is missing." in missing(without)
    proof = Attached(
        ContentFile(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"), "note.pdf", "safeguarding"
    )
    change(
        request_id=without.pk,
        wish=Wish(requested_level="L3", grounds="Unsafe.", attested=said),
        files=[proof],
        actor=ours.practitioner,
        now=MONDAY,
    )
    submitted = submit(request_id=without.pk, actor=ours.practitioner, now=MONDAY)

    trigger = submitted.triggers[3]
    assert (trigger["attested"], trigger["met"], trigger["text"]) == (True, True, said["safeguarding"])
    assert [fact["note"] for fact in trigger["facts"]] == ["note.pdf"]


def test_the_terms_of_the_day_are_copied_and_the_clock_starts_at_receipt(ours):
    ours.unplanned(*THREE)
    submitted = ours.asked()
    terms = read(submitted.terms)

    assert (terms.version, terms.clock.days, terms.most_days("L3")) == (1, 7, 90)
    assert submitted.received_at == MONDAY
    assert submitted.due_at == datetime(2026, 3, 10, 3, 59, 59, 999999, tzinfo=UTC)
    assert read(terms.as_data()) == terms


def test_what_reached_us_on_paper_was_received_then(ours):
    ours.unplanned(date(2026, 2, 10), date(2026, 2, 11), date(2026, 2, 12))
    early = datetime.fromisoformat("2026-02-16T09:30")
    submitted = submit(
        request_id=ours.drafted(urgency="expedited").pk, received_at=early, actor=ours.practitioner, now=MONDAY
    )

    assert submitted.received_at.isoformat() == "2026-02-16T09:30:00-05:00"
    assert submitted.due_at - submitted.received_at == timedelta(hours=72)


def test_a_draft_remembers_when_it_came(ours):
    ours.unplanned(date(2026, 2, 10), date(2026, 2, 11))
    early = datetime.fromisoformat("2026-02-16T09:30")
    kept = ours.drafted(urgency="expedited", received_at=early)
    assert "unplanned_contacts: 2 of 3 contacts within 14 days are in the record." in missing(kept)
    ours.unplanned(date(2026, 2, 12))

    submitted = submit(request_id=kept.pk, actor=ours.practitioner, now=MONDAY)
    assert submitted.received_at == datetime(2026, 2, 16, 14, 30, tzinfo=UTC)
    assert submitted.due_at - submitted.received_at == timedelta(hours=72)


def test_a_draft_from_the_future_is_not_kept(ours):
    with pytest.raises(NoSuchMoment, match="in the future"):
        ours.drafted(received_at=datetime.fromisoformat("2026-03-02T09:01"))
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("received", "sentence"),
    [
        ("2026-03-08T02:30", "2026-03-08 02:30 does not exist in America/New_York"),
        ("2026-03-10T10:00", "A request cannot have been received in the future."),
    ],
)
def test_a_time_of_receipt_that_cannot_be_is_refused(ours, received, sentence):
    with pytest.raises(NoSuchMoment, match=sentence):
        submit(
            request_id=ours.drafted().pk,
            received_at=datetime.fromisoformat(received),
            actor=ours.practitioner,
            now=datetime(2026, 3, 9, 12, tzinfo=UTC),
        )


def test_only_one_request_of_a_kind_is_open(ours):
    ours.unplanned(*THREE)
    first = ours.asked()
    second = ours.drafted()
    with pytest.raises(OneIsOpen, match=f"{first}, received on March 2, 2026, asks for the same and is still open"):
        submit(request_id=second.pk, actor=ours.practitioner, now=MONDAY)
    withdraw(request_id=first.pk, reason="Better again", actor=ours.practitioner, now=MONDAY)

    assert submit(request_id=second.pk, actor=ours.practitioner, now=MONDAY).status == "submitted"


def test_a_withdrawn_request_stays_withdrawn(ours):
    ours.unplanned(*THREE)
    asked = ours.asked()
    withdraw(request_id=asked.pk, reason="Better again", actor=ours.practitioner, now=MONDAY)

    for move in (submit, lambda **given: withdraw(reason="Again", **given)):
        with pytest.raises(NotInThisState, match=f"{asked} was withdrawn on March 2, 2026, 9 a.m.: Better again"):
            move(request_id=asked.pk, actor=ours.practitioner, now=MONDAY)


def test_a_submitted_request_is_neither_submitted_again_nor_changed(ours):
    ours.unplanned(*THREE)
    asked = ours.asked()
    with pytest.raises(NotInThisState, match=f"{asked} was submitted already."):
        submit(request_id=asked.pk, actor=ours.practitioner, now=MONDAY)
    with pytest.raises(NotInThisState, match="it can be withdrawn, not changed"):
        change(request_id=asked.pk, wish=Wish(requested_level="L4"), actor=ours.practitioner, now=MONDAY)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"units": Decimal(0)}, "Ask for more than 0 units."),
        ({"units": Decimal(-1)}, "Ask for more than 0 units."),
        ({"ends_before": date(2026, 3, 2)}, "The last day lies before the first."),
    ],
)
def test_what_cannot_be_is_not_even_a_draft(ours, wish, sentence):
    kept = ours.drafted("episode", service="stabilization_day", units=Decimal(5))
    with pytest.raises(CannotBe, match=sentence):
        ours.drafted("episode", **{"service": "stabilization_day", "units": Decimal(5), **wish})
    with pytest.raises(CannotBe, match=sentence):
        change(
            request_id=kept.pk,
            wish=Wish(**{"service": "stabilization_day", "units": Decimal(5), **wish}),
            actor=ours.practitioner,
            now=MONDAY,
        )
    assert Request.objects.get().units == 5


def test_who_may_not_ask_leaves_no_trace(ours):
    with pytest.raises(NotAllowed):
        ours.drafted(by=ours.at(Role.FINANCE))
    with pytest.raises(NotAllowed):
        ours.drafted(by=ours.at(Role.CLINICAL_LEAD, side="commissioner"))
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("kind", "wish", "sentence"),
    [
        ("upgrade", {"requested_level": "L2"}, "L2 is not above L2, the level in force."),
        ("upgrade", {"requested_level": "L9"}, "The contract has no level L9."),
        ("upgrade", {"grounds": " "}, "Say why: the grounds are empty."),
        ("upgrade", {"starts_on": date(2026, 2, 15)}, "The start lies more than 14 days before receipt"),
        ("upgrade", {"ends_before": date(2026, 6, 1)}, "L3 may be given for at most 90 days."),
        ("step_down", {"requested_level": "L2"}, "L2 is not below L2, the level in force."),
        ("step_down", {"requested_level": "L1", "urgent_start": True}, "An urgent start is for a first level"),
        ("renewal", {"requested_level": "L3"}, "A renewal keeps the level L2."),
        ("initial", {"requested_level": "L2"}, "A level was decided for this member already (L2)"),
        ("initial", {"requested_level": "L2"}, "A first level is asked for on an assessment"),
        ("episode", {"service": "crisis_visit", "units": Decimal(2)}, "crisis_visit is no service of this contract"),
        (
            "episode",
            {"service": "stabilization_day", "units": Decimal(15), "ends_before": date(2026, 3, 10)},
            "Stabilization package may be given for at most 14 units at a time.",
        ),
        (
            "episode",
            {"service": "stabilization_day", "units": Decimal(5), "ends_before": date(2026, 3, 24)},
            "Stabilization package may be given for at most 21 days at a time.",
        ),
        ("episode", {"service": "stabilization_day", "units": Decimal(5)}, "Give the window: its last day is missing."),
    ],
)
def test_each_kind_says_what_it_needs(ours, kind, wish, sentence):
    reasons = missing(ours.drafted(kind, **wish))
    assert [reason for reason in reasons if reason.startswith(sentence)], reasons


def test_the_longest_that_the_contract_allows_is_allowed(ours):
    window = {"service": "stabilization_day", "units": Decimal(14), "ends_before": date(2026, 3, 23)}
    assert ours.asked("episode", **window).due_at is not None
    ours.unplanned(*THREE)
    assert ours.asked(starts_on=date(2026, 2, 16), ends_before=date(2026, 5, 17)).status == "submitted"


def test_a_difference_to_the_assessment_needs_a_reason_and_words(ours):
    ours.unplanned(*THREE)
    scored = ours.scored(date(2026, 3, 1), 25, "L4")
    reasons = missing(ours.drafted(assessment_id=scored.pk))
    assert reasons == (
        "The assessment suggests L4 and L3 is asked for: choose the reason for the difference.",
        "Say in words why L3 is asked for although the assessment suggests L4.",
    )
    made = ours.drafted(
        assessment_id=scored.pk, difference_reason="clinical_judgment", difference_text="Family is there."
    )
    submitted = submit(request_id=made.pk, actor=ours.practitioner, now=MONDAY)
    assert (submitted.assessed_level, submitted.requested_level) == ("L4", "L3")


def test_an_urgent_start_runs_on_the_expedited_clock(ours):
    ours.unplanned(*THREE)
    asked = ours.asked(urgent_start=True)

    assert (asked.urgency, asked.due_at) == ("expedited", MONDAY + timedelta(hours=72))


def test_without_urgent_start_in_the_terms_support_begins_with_the_decision(db):
    ours = care(urgent_start=False)
    ours.unplanned(*THREE)
    assert "This contract has no urgent start: support begins with the decision." in missing(
        ours.drafted(urgent_start=True)
    )


def test_nobody_is_asked_for_who_is_not_covered(ours):
    ours.unplanned(*THREE)
    CoverageSpan.objects.update(ends_before=date(2026, 3, 2))
    assert missing(ours.drafted()) == ("The member is not covered under this contract on March 2, 2026.",)


def test_a_denial_is_reconsidered_once_and_in_time(ours):
    ours.unplanned(*THREE)
    first = ours.asked()
    denied = DecisionFactory(
        request=first, outcome="denied", level="", starts_on=None, ends_before=None, deny_reason="criteria_not_met"
    )
    Request.objects.update(status="decided", decided_at=denied.decided_at)
    last = denied.decided_at + timedelta(days=60)
    again = {"requested_level": "", "reconsiders_id": denied.pk, "starts_on": date(2026, 5, 3)}
    too_late = ours.drafted("reconsideration", **again)
    assert missing(too_late, now=last + timedelta(days=1)) == ("Decision 1 could be reconsidered until May 2, 2026.",)
    submit(request_id=too_late.pk, actor=ours.practitioner, now=last)
    withdraw(request_id=too_late.pk, reason="Mistake", actor=ours.practitioner, now=last)
    asked = ours.asked("reconsideration", **again, now=last)
    assert asked.requested_level == "L3"
    Request.objects.filter(pk=asked.pk).update(status="decided", decided_at=last)

    other = ours.drafted("reconsideration", **again, now=last)
    assert missing(other, now=last) == ("Decision 1 has been reconsidered already.",)


def test_requests_of_a_contract_are_numbered(ours):
    numbers = [ours.drafted().number for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert care("CARE-2").drafted().number == 1
