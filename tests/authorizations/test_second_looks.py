"""The second look: drawn once, blind, by somebody else, and kept as it was given."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import Role
from accounts.permissions import NotAllowed
from accounts.queries.people import system_user
from authorizations.models import SecondLook, SecondLookRound
from authorizations.operations.second_looks import AlreadyLooked, MonthNotOver, NotTheirs, draw, look
from authorizations.queries.second_looks import agreement_by_team, together
from authorizations.rules.second_look import agrees, drawn
from blended_pilot.kernel.errors import Unusable
from tests.api.conftest import program_of
from tests.factories.accounts import MembershipFactory, OrganisationFactory, person
from tests.factories.authorizations import (
    DecisionFactory,
    RequestFactory,
    SecondLookFactory,
    SecondLookRoundFactory,
)
from tests.factories.contracts import signed_contract

MARCH = date(2026, 3, 1)
APRIL_MORNING = datetime(2026, 4, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def contract():
    return signed_contract()


@pytest.fixture
def reviewer(contract):
    return person(Role.CLINICAL_LEAD, contract.commissioner, name="R. Reviewer")


def decided(contract, count, **of_decision):
    return [DecisionFactory(request__contract=contract, **of_decision) for _ in range(count)]


def test_a_tenth_and_at_least_five_are_drawn_and_a_seed_draws_the_same_again():
    numbers = range(1, 101)
    assert len(drawn("seed", numbers)) == 10
    assert len(drawn("seed", range(1, 8))) == 5
    assert drawn("seed", [3]) == [3]
    assert drawn("seed", numbers) == drawn("seed", reversed(numbers))
    assert drawn("seed", numbers) != drawn("another", numbers)


@pytest.mark.parametrize(
    ("first", "again", "same"),
    [
        (("L3", True), ("L3", True), True),
        (("L3", True), ("L2", True), False),
        (("", False), ("", False), True),
        (("L3", True), ("", False), False),
        (("", False), ("L2", True), False),
        (("", True), ("", True), True),
    ],
)
def test_two_judgements_agree_on_the_level_or_on_denying(first, again, same):
    found = agrees(decided_level=first[0], decided_approved=first[1], looked_level=again[0], looked_approved=again[1])
    assert found is same


def test_approvals_and_denials_of_the_month_are_drawn_once(contract, reviewer):
    decided(contract, 7)
    decided(contract, 2, outcome="denied", level="", units=None, starts_on=None, ends_before=None, deny_reason="other")
    decided(contract, 1, decided_at=datetime(2026, 4, 1, 3, tzinfo=UTC))  # still March in New York
    decided(contract, 1, decided_at=datetime(2026, 4, 1, 5, tzinfo=UTC))  # April there
    decided(contract, 1, automatic=True)

    first = draw(contract_id=contract.pk, month=MARCH, actor=system_user(), now=APRIL_MORNING)
    again = draw(contract_id=contract.pk, month=MARCH, actor=system_user(), now=APRIL_MORNING)

    assert again == first
    assert (first.approvals, first.denials) == (8, 2)
    looks = list(SecondLook.objects.order_by("position"))
    assert [one.position for one in looks] == [1, 2, 3, 4, 5, 6, 7]
    assert sum(one.decision.outcome == "denied" for one in looks) == 2
    assert list(reviewer.notices.values_list("kind", flat=True)) == ["second_look"]


def test_a_month_that_goes_on_is_not_drawn(contract):
    with pytest.raises(MonthNotOver):
        draw(
            contract_id=contract.pk,
            month=MARCH,
            actor=system_user(),
            now=datetime(2026, 4, 1, 3, tzinfo=UTC),  # March in New York
        )
    assert not SecondLookRound.objects.exists()


def test_a_second_look_says_whether_it_agrees_and_stays(contract, reviewer):
    case = SecondLookFactory(decision__request__contract=contract)
    given = look(
        second_look_id=case.pk, outcome="approve", level="L2", rationale="Enough.", actor=reviewer, now=APRIL_MORNING
    )
    assert (given.agrees, given.reviewer, given.looked_at) == (False, reviewer, APRIL_MORNING)

    with pytest.raises(AlreadyLooked, match=r"R\. Reviewer"):
        look(second_look_id=case.pk, outcome="deny", level="", rationale="No.", actor=reviewer, now=APRIL_MORNING)
    with pytest.raises(DatabaseError, match="stays as it was given"), transaction.atomic():
        SecondLook.objects.filter(pk=case.pk).update(rationale="Better so.")
    with pytest.raises(DatabaseError, match="a drawn case stays"), transaction.atomic():
        SecondLook.objects.filter(pk=case.pk).delete()


def test_only_the_commissioners_clinical_leads_look(contract):
    case = SecondLookFactory(decision__request__contract=contract)
    for somebody in (
        person(Role.CLINICAL_LEAD, contract.provider),
        person(Role.COMMISSIONER, contract.commissioner),
        person(Role.CLINICAL_LEAD, OrganisationFactory()),
    ):
        with pytest.raises(NotAllowed):
            look(second_look_id=case.pk, outcome="deny", level="", rationale="No.", actor=somebody, now=APRIL_MORNING)
    case.refresh_from_db()
    assert case.looked_at is None


@pytest.mark.parametrize("part", ["decided_by", "requested_by"])
def test_whoever_asked_or_decided_does_not_look(contract, reviewer, part):
    if part == "decided_by":
        decision = DecisionFactory(request__contract=contract, decided_by=reviewer)
    else:
        decision = DecisionFactory(request=RequestFactory(contract=contract, requested_by=reviewer))
    case = SecondLookFactory(decision=decision)
    with pytest.raises(NotTheirs):
        look(second_look_id=case.pk, outcome="deny", level="", rationale="No.", actor=reviewer, now=APRIL_MORNING)
    with pytest.raises(DatabaseError, match="does not look a second time"), transaction.atomic():
        SecondLook.objects.filter(pk=case.pk).update(
            reviewer=reviewer, outcome="deny", rationale="No.", looked_at=APRIL_MORNING, agrees=False
        )


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (("maybe", "", "Because."), "Outcome"),
        (("deny", "", "  "), "Reasons"),
        (("approve", "", "Because."), "Level: choose"),
        (("approve", "L9", "Because."), "Level: choose"),
        (("deny", "L2", "Because."), "Level: only"),
    ],
)
def test_an_answer_that_says_too_little_is_told_what_is_missing(contract, reviewer, answer, fault):
    outcome, level, rationale = answer
    case = SecondLookFactory(decision__request__contract=contract)
    with pytest.raises(Unusable) as told:
        look(
            second_look_id=case.pk, outcome=outcome, level=level, rationale=rationale, actor=reviewer, now=APRIL_MORNING
        )
    assert any(reason.startswith(fault) for reason in told.value.reasons)
    case.refresh_from_db()
    assert case.looked_at is None


def test_the_case_hides_outcome_and_person_until_it_is_given(client, contract, reviewer):
    decision = DecisionFactory(
        request__contract=contract,
        request__grounds="Falls twice a week",
        necessity="Hidden necessity",
        level="L3",
        decided_by__name="D. Decider",
    )
    case = SecondLookFactory(decision=decision)
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = reverse("authorizations:second_look", args=[case.pk])
    page = client.get(address).content.decode()
    assert "Falls twice a week" in page
    member = decision.member
    for hidden in ("Hidden necessity", "D. Decider", member.pseudonym, member.reference, member.family_name):
        assert hidden not in page
    listed = client.get(reverse("authorizations:second_looks")).content.decode()
    assert "Approved L3" not in listed

    sent = client.post(address, {"outcome": "approve", "level": "L3", "rationale": "Clear."}, follow=True)
    assert "Decided first" in sent.content.decode()
    assert "Approved L3" in client.get(reverse("authorizations:second_looks")).content.decode()


def test_who_may_not_read_narrative_meets_the_case_without_it(client, contract):
    case = SecondLookFactory(decision__request__contract=contract, decision__request__grounds="Falls twice a week")
    client.force_login(
        person(Role.COMMISSIONER, contract.commissioner), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(reverse("authorizations:second_look", args=[case.pk])).content.decode()
    assert "Falls twice a week" not in page
    assert "Clinical text is for the care team" in page


def test_the_case_shows_what_lay_before_the_decision_and_no_name_of_a_file(client, contract, reviewer):
    case = SecondLookFactory(
        decision__request__contract=contract,
        decision__evidence=[
            {"id": 1, "file_name": "Ann Canary.pdf", "sha256": "0" * 64, "size": 2048, "trigger": "safe_guarding"}
        ],
        decision__working={
            "questions": [{"text": "Since when?", "answer": "Friday.", "asked_by": "Lead", "answered_by": "Asker"}],
            "triggers": [
                {
                    "code": "unplanned_contacts", "kind": "activity_count", "met": True, "attested": False, "needed": 2,
                    "found": 3, "since": "2026-02-25", "text": "", "facts": [],
                }
            ],
        },
    )  # fmt: skip
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("authorizations:second_look", args=[case.pk])).content.decode()

    assert "Canary" not in page
    for shown in ("Safe guarding", "PDF", "Unplanned contacts", "3 contacts within the window; 2 needed.", "Friday."):
        assert shown in page


def test_the_seed_is_shown_but_not_to_who_still_looks(client, contract, reviewer):
    round_ = SecondLookRoundFactory(contract=contract, seed="5eed5eed")
    case = SecondLookFactory(decision__request__contract=contract, round=round_)
    address = reverse("authorizations:second_look", args=[case.pk])

    def shown(user):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return "5eed5eed" in client.get(address).content.decode()

    auditor = person(Role.AUDITOR, contract.commissioner)
    assert (shown(auditor), shown(reviewer)) == (True, False)
    look(second_look_id=case.pk, outcome="approve", level="L3", rationale="So.", actor=reviewer, now=APRIL_MORNING)
    assert shown(reviewer)


def test_agreement_counts_by_team_and_kind_of_difference(contract, reviewer):
    round_ = SecondLookRoundFactory(contract=contract)
    for position, (level, outcome) in enumerate((("L3", "approve"), ("L2", "approve"), ("", "deny")), start=1):
        case = SecondLookFactory(decision__request__contract=contract, round=round_, position=position)
        look(second_look_id=case.pk, outcome=outcome, level=level, rationale="So.", actor=reviewer, now=APRIL_MORNING)
    lines = agreement_by_team(SecondLook.objects.all())
    total = together(lines)
    assert (total.share.number, total.share.of) == (1, 3)
    assert (total.approved_denied, total.denied_approved, total.another_level, total.waiting) == (1, 0, 1, 0)


def test_the_work_list_heaps_what_waits_for_a_reviewer(client, contract, reviewer):
    SecondLookFactory(decision__request__contract=contract)
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "1 decision of March 2026 to look at again" in client.get(reverse("accounts:home")).content.decode()


def test_a_membership_that_ended_looks_no_more(contract):
    case = SecondLookFactory(decision__request__contract=contract)
    gone = MembershipFactory(
        role=Role.CLINICAL_LEAD, organisation=contract.commissioner, ends_before=date(2026, 1, 1)
    ).user
    with pytest.raises(NotAllowed):
        look(second_look_id=case.pk, outcome="deny", level="", rationale="No.", actor=gone, now=APRIL_MORNING)


def test_a_program_gives_a_second_look_once(contract, reviewer):
    case = SecondLookFactory(decision__request__contract=contract)
    program = program_of(reviewer)
    body = {"outcome": "approve", "level": "L3", "rationale": "Clear."}
    before = program.get(f"second-looks/{case.pk}/").json()
    assert (before["grounds"], before["starts_on"], before["triggers"]) == (
        case.decision.request.grounds, "2026-03-02", [],
    )  # fmt: skip
    given = program.post(f"second-looks/{case.pk}/", body, key="look-1")
    again = program.post(f"second-looks/{case.pk}/", body, key="look-1")
    other = program.post(f"second-looks/{case.pk}/", body)
    assert (before["first_outcome"], before["first_level"]) == ("", "")
    assert (given.status_code, given.json()["agrees"], given.json()["first_level"]) == (200, True, "L3")
    assert (again.status_code, again.json()) == (200, given.json())
    assert other.status_code == 409
    assert SecondLook.history.filter(id=case.pk).count() == 2


def test_a_program_reads_the_figures(contract):
    DecisionFactory(request__contract=contract)
    program = program_of(person(Role.COMMISSIONER, contract.commissioner), scope="read")
    path = f"contracts/{contract.code}/decisions-in-figures/"
    figures = program.get(path, first_day="2026-03-01", last_day="2026-03-31").json()
    assert (figures["all"]["decided"], figures["all"]["approval"]["value"]) == (1, 1.0)
    assert (figures["levels_on"], figures["levels"], figures["agreement"]) == ("2026-04-01", [], [])
    wrong = program.get(path, first_day="2026-03-02", last_day="2026-03-01")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["last_day"])
