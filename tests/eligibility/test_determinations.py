"""Determinations: answered criterion by criterion, completed with an outcome that is carried out."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.test import override_settings

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from eligibility.models import Answer, AnswerEvidence, CoverageSpan, Determination, Evidence, LevelSpan, Member
from eligibility.operations import determinations as operations
from eligibility.operations.determinations import GivenAnswer
from eligibility.operations.evidence import EvidenceNotTaken
from eligibility.queries.determinations import completed
from eligibility.queries.duplicates import possible_duplicates
from eligibility.rules.eligibility import Answered, deciding, judged
from tests.eligibility.conftest import NOON, World
from tests.eligibility.hostile import PDF, PROGRAM
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory, ReferralFactory

MARCH_9 = date(2026, 3, 9)
ALL_MET = {"resident": GivenAnswer("met"), "consent": GivenAnswer("met"), "extra": GivenAnswer("met")}


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


def one(answer: str, *, decides: bool = True, needs: bool = False, reason: str = "", files: int = 0) -> Answered:
    return Answered("code", "Text", decides, needs, answer, reason, files)


def test_eligible_means_every_deciding_criterion_met_or_waived():
    assert judged([one("met"), one("waived", reason="why"), one("not_met", decides=False, reason="why")]).eligible
    assert not judged([one("met"), one("not_met", reason="why")]).eligible
    assert judged([]).eligible


def test_what_is_missing_is_named():
    answers = [one(""), one("waived"), one("not_met"), one("met", needs=True), one("met", needs=True, files=1)]

    assert [what for _answer, what in judged(answers).missing] == ["answer", "reason", "reason", "evidence"]
    assert judged([one("waived", needs=True, reason="why")]).missing == ()


def test_without_all_of_every_criterion_decides():
    assert deciding(["a", "b"], None) == {"a", "b"}
    assert deciding(["a", "b"], ["a"]) == {"a"}


def begin(ours: World, intake: User, **more: Any) -> Determination:
    person = {"given_name": "Ada", "family_name": "Newcomer", "birth_date": date(1961, 4, 5), "reference": "NEW-1"}
    values: dict[str, Any] = {"person": person} if "member_id" not in more else {}
    return operations.begin(contract_id=ours.contract.pk, actor=intake, now=NOON, **{**values, **more})


def proof(name: str = "letter.pdf", content: bytes = PDF) -> tuple[tuple[str, ContentFile], ...]:
    return ((name, ContentFile(content)),)


def answer(found: Determination, intake: User, answers: Any = None, **more: Any) -> Determination:
    given = {**ALL_MET, "resident": GivenAnswer("met", files=proof())} if answers is None else answers
    return operations.answer(determination_id=found.pk, answers=given, actor=intake, now=NOON, **more)


def complete(found: Determination, intake: User) -> Determination:
    return operations.complete(determination_id=found.pk, actor=intake, now=NOON)


PLACE = {"cohort": "adult", "geography": "north", "effective_on": MARCH_9}


def test_the_criteria_of_the_terms_are_copied_in_their_order(ours: World, intake: User):
    found = begin(ours, intake)

    rows = Answer.objects.filter(determination=found).order_by("position")
    assert list(rows.values_list("criterion", "text", "decides", "needs_evidence", "answer")) == [
        ("resident", "Lives in the county", True, True, ""),
        ("consent", "Agreed to take part", True, False, ""),
        ("extra", "Something more", False, False, ""),
    ]
    assert found.terms == {"version": 1, "provisional_level": "L1"}


def test_an_eligible_person_becomes_a_member_covered_without_a_level(ours: World, intake: User):
    referral = ReferralFactory(contract=ours.contract, received_at=NOON - timedelta(hours=5))
    found = complete(answer(begin(ours, intake, referral_id=referral.pk), intake, **PLACE), intake)

    member = Member.objects.get(reference="NEW-1")
    assert (found.outcome, found.status, found.member) == ("eligible", "completed", member)
    assert (member.given_name, member.family_name, member.birth_date) == ("Ada", "Newcomer", date(1961, 4, 5))
    [span] = CoverageSpan.objects.filter(member=member)
    assert (span.cohort, span.geography, span.starts_on, span.ends_before, span.source) == (
        "adult", "north", MARCH_9, None, "product",
    )  # fmt: skip
    assert not LevelSpan.objects.filter(member=member).exists()
    referral.refresh_from_db()
    assert (referral.member, referral.disposition, referral.first_response_at) == (member, "eligible", NOON)
    evidence = Evidence.objects.get()
    assert AnswerEvidence.objects.get().evidence == evidence


def test_who_is_not_eligible_is_told_why_and_is_no_member(ours: World, intake: User):
    referral = ReferralFactory(contract=ours.contract, received_at=NOON)
    found = begin(ours, intake, referral_id=referral.pk)
    given = {**ALL_MET, "resident": GivenAnswer("not_met", "Lives in another county")}
    answer(found, intake, given)
    with pytest.raises(operations.Incomplete) as refusal:
        complete(found, intake)
    assert refusal.value.reasons == ("Say in words, for the person, why they are not eligible.",)
    found = complete(answer(found, intake, given, explanation="You live outside the county."), intake)

    assert (found.outcome, found.member) == ("not_eligible", None)
    assert not Member.objects.filter(reference="NEW-1").exists()
    referral.refresh_from_db()
    assert (referral.disposition, referral.member) == ("not_eligible", None)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2028, 1, 1), date(2206, 3, 9)])
def test_nobody_is_covered_from_a_day_outside_the_contracts_term(ours: World, intake: User, day: date):
    found = answer(begin(ours, intake), intake, **{**PLACE, "effective_on": day})
    with pytest.raises(operations.Incomplete) as refusal:
        complete(found, intake)

    assert refusal.value.reasons == (
        "The contract runs from Jan. 1, 2026 to Dec. 31, 2027: choose a first day in that time.",
    )
    assert not Member.objects.filter(reference="NEW-1").exists()


def test_a_determination_with_something_missing_is_not_completed(ours: World, intake: User):
    found = answer(
        begin(ours, intake), intake, {"resident": GivenAnswer("met"), "consent": GivenAnswer("waived")}, cohort="adult"
    )
    with pytest.raises(operations.Incomplete) as refusal:
        complete(found, intake)

    assert refusal.value.reasons == (
        "“Lives in the county”: attach the evidence.",
        "“Agreed to take part”: give a reason.",
        "“Something more” is not answered.",
        "Say from which day the person is covered.",
        "Choose a cohort and a geography.",
    )
    found.refresh_from_db()
    assert found.status == "draft"
    assert not CoverageSpan.objects.filter(member__reference="NEW-1").exists()


def test_a_waived_criterion_needs_a_reason_and_no_evidence(ours: World, intake: User):
    given = {**ALL_MET, "resident": GivenAnswer("waived", "Moves here on Friday")}
    assert complete(answer(begin(ours, intake), intake, given, **PLACE), intake).outcome == "eligible"


def test_a_file_that_is_refused_leaves_the_answers_as_they_were(ours: World, intake: User, store: Path):
    found = begin(ours, intake)
    given = {
        "consent": GivenAnswer("met", files=proof()),
        "resident": GivenAnswer("met", files=proof("passport.pdf", PROGRAM)),
    }
    with pytest.raises(EvidenceNotTaken, match=r"passport.pdf was not kept: its content is a program"):
        answer(found, intake, given)

    assert set(Answer.objects.values_list("answer", flat=True)) == {""}
    assert not Evidence.objects.exists()
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_a_completed_determination_stands(ours: World, intake: User):
    found = complete(answer(begin(ours, intake), intake, **PLACE), intake)
    for refused in (
        lambda: complete(found, intake),
        lambda: answer(found, intake),
        lambda: operations.detach(link_id=AnswerEvidence.objects.get().pk, actor=intake, now=NOON),
        lambda: operations.abandon(determination_id=found.pk, reason="No", actor=intake, now=NOON),
    ):
        with pytest.raises(operations.NotADraft):
            refused()
    for change in (
        lambda: Determination.objects.filter(pk=found.pk).update(outcome="not_eligible"),
        lambda: Answer.objects.filter(determination=found).update(answer="not_met"),
        lambda: AnswerEvidence.objects.filter(determination=found).delete(),
    ):
        with pytest.raises(DatabaseError, match="stay"), transaction.atomic():
            change()


def test_somebody_who_is_written_alike_is_shown_before_a_member_is_made(ours: World, intake: User):
    twin = MemberFactory(organisation=ours.contract.provider, reference="R1", given_name="Ada", family_name="Newcomber")
    with pytest.raises(operations.PossibleDuplicates) as refusal:
        begin(ours, intake)
    assert [alike.member for alike in refusal.value.alike] == [twin]
    assert not Determination.objects.exists()

    found = begin(ours, intake, not_a_duplicate="Her cousin; other address")
    assert (found.alike, found.not_a_duplicate) == ([twin.pk], "Her cousin; other address")


def test_the_likeliest_is_found_among_many_of_a_common_name(ours: World):
    common = {"organisation": ours.contract.provider, "given_name": "Ada", "family_name": "Newcomer"}
    for number in range(60):
        MemberFactory(**common, birth_date=None, reference=f"OTHER-{number}")
    twin = MemberFactory(**common, birth_date=date(1961, 5, 4), reference="TWIN")
    same = MemberFactory(**common, birth_date=date(1961, 4, 5), reference="SAME")

    found = possible_duplicates(
        organisation_id=ours.contract.provider_id,
        given_name="Ada",
        family_name="Newcomer",
        birth_date=date(1961, 4, 5),
    )
    assert [one.member for one in found[:2]] == [same, twin]


def test_alike_are_names_birth_dates_and_references_of_the_same_provider(ours: World, theirs: World):
    provider = ours.contract.provider
    MemberFactory(
        organisation=theirs.contract.provider, given_name="Maria", family_name="Gonzalez", reference="ZX-1001"
    )
    born = date(1950, 2, 3)
    misspelt = MemberFactory(organisation=provider, given_name="Marya", family_name="Gonsalez", reference="P1")
    same_day = MemberFactory(
        organisation=provider, given_name="M.", family_name="Gonz", birth_date=born, reference="P2"
    )
    exchanged = MemberFactory(
        organisation=provider, given_name="Mary", family_name="Gonza", birth_date=date(1950, 3, 2), reference="P3"
    )
    reference = MemberFactory(organisation=provider, given_name="Other", family_name="Person", reference="ZX-1001")
    # half the name and another day of birth are two people
    MemberFactory(
        organisation=provider, given_name="Maria", family_name="Grand", birth_date=date(1970, 5, 5), reference="P5"
    )
    MemberFactory(organisation=provider, given_name="Quite", family_name="Different", birth_date=born, reference="P4")

    alike = possible_duplicates(
        organisation_id=provider.pk, given_name="Maria", family_name="Gonzalez", birth_date=born, reference="ZX-1001"
    )
    assert {one.member for one in alike} == {misspelt, same_day, exchanged, reference}
    assert {one.member for one in alike if one.born_alike} == {same_day}
    assert {one.member for one in alike if one.born_exchanged} == {exchanged}


def test_a_reference_is_given_once(ours: World, intake: User):
    with pytest.raises(operations.ReferenceTaken):
        begin(ours, intake, person={"reference": ours.member.reference, "given_name": "Nobody", "family_name": "Alike"})


def test_a_covered_member_found_eligible_again_stays_as_they_are(ours: World, intake: User):
    before = list(CoverageSpan.objects.values())
    found = complete(answer(begin(ours, intake, member_id=ours.member.pk), intake, **PLACE), intake)

    assert found.outcome == "eligible"
    assert list(CoverageSpan.objects.values()) == before


def test_a_covered_member_found_not_eligible_is_covered_no_longer(ours: World, intake: User):
    found = begin(ours, intake, member_id=ours.member.pk)
    given = {**ALL_MET, "resident": GivenAnswer("not_met", "Moved away")}
    complete(answer(found, intake, given, explanation="You moved.", effective_on=MARCH_9), intake)

    span = CoverageSpan.objects.get(pk=ours.coverage.pk)
    assert (span.ends_before, span.source) == (MARCH_9, "product")
    assert completed(ours.contract.pk, ours.member.pk) is None


def test_one_referral_and_one_member_are_determined_once_at_a_time(ours: World, intake: User):
    referral = ReferralFactory(contract=ours.contract)
    begin(ours, intake, referral_id=referral.pk)
    begin(ours, intake, member_id=ours.member.pk)
    for more in ({"referral_id": referral.pk}, {"member_id": ours.member.pk}):
        with pytest.raises(operations.UnderWay):
            begin(ours, intake, **more)

    assert Determination.objects.count() == 2


def test_an_abandoned_determination_leaves_the_referral_open(ours: World, intake: User):
    referral = ReferralFactory(contract=ours.contract)
    found = begin(ours, intake, referral_id=referral.pk)
    operations.abandon(determination_id=found.pk, reason="Wrong person", actor=intake, now=NOON)
    referral.refresh_from_db()

    assert referral.disposition == ""
    assert begin(ours, intake, referral_id=referral.pk).status == "draft"


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.FINANCE, Role.CLINICAL_LEAD])
def test_intake_and_supervisors_of_the_provider_determine(ours: World, theirs: World, role: str):
    for actor in (ours.at_provider(role), ours.at_commissioner(Role.COMMISSIONER), theirs.at_provider(Role.INTAKE)):
        with pytest.raises(NotAllowed):
            begin(ours, actor)


def test_completed_is_by_a_determination_or_by_the_source_that_fed_the_coverage(ours: World, intake: User):
    assert completed(ours.contract.pk, ours.member.pk).by == "source"

    CoverageSpan.objects.filter(member=ours.member).update(source="product")  # mended by hand
    assert completed(ours.contract.pk, ours.member.pk).by == "source"
    by_hand = MemberFactory(organisation=ours.contract.provider)
    CoverageSpanFactory(contract=ours.contract, member=by_hand, source="product")
    assert completed(ours.contract.pk, by_hand.pk) is None

    found = complete(answer(begin(ours, intake), intake, **PLACE), intake)
    told = completed(ours.contract.pk, found.member_id)
    assert (told.by, told.determination_id, told.on) == ("determination", found.pk, NOON)
