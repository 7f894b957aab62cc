"""Who changed what, in sentences, and what of it each reader may read."""

from datetime import date

import pytest

from accounts.models import Role, User
from blended_pilot.kernel.audit import recording
from eligibility.models import CoverageSpan, LevelSpan, Member
from eligibility.queries.history import FieldChange, HistoryEntry, member_history
from tests.eligibility.conftest import World
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory


@pytest.fixture
def changed(ours: World, intake: User) -> World:
    """The name, the coverage and the rationale changed once each, with a reason."""
    with recording(actor=intake, reason="The roster was wrong."):
        Member.objects.filter(pk=ours.member.pk).update(family_name="SECRETname", reference="SECRETref")
        CoverageSpan.objects.filter(pk=ours.coverage.pk).update(ends_before=date(2026, 5, 1), cohort="older")
        LevelSpan.objects.filter(member=ours.member).update(rationale="SECRETrationale")
    AssignmentFactory(member=ours.member, practitioner=ours.practitioner, team=ours.team)
    return ours


def read(user: User, world: World) -> list[HistoryEntry]:
    return member_history(user, Member.objects.get(pk=world.member.pk))


def test_a_change_reads_as_a_sentence_with_from_to_who_and_why(changed: World, intake: User) -> None:
    entry = next(entry for entry in read(intake, changed) if entry.sentence.startswith("Coverage") and entry.fields)

    assert (entry.sentence, entry.fields, entry.by, entry.reason) == (
        "Coverage from Jan. 1, 2026 to April 30, 2026 (older, north) was changed.",
        (FieldChange("Cohort", "adult", "older"), FieldChange("Last day", "open", "April 30, 2026")),
        intake.name,
        "The roster was wrong.",
    )


def test_the_latest_comes_first_and_additions_say_so(changed: World, intake: User) -> None:
    entries = read(intake, changed)

    assert entries[0].sentence == "Lead OURScarer, OURSteam from Jan. 1, 2026 was added."
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)


def test_what_was_taken_back_stays_in_the_history(ours: World, intake: User) -> None:
    with recording(actor=intake, reason="Never enrolled."):
        ours.coverage.delete()

    entry = read(intake, ours)[0]
    assert (entry.sentence, entry.reason) == (
        "Coverage from Jan. 1, 2026 (adult, north) was taken back.",
        "Never enrolled.",
    )


@pytest.mark.parametrize(
    ("side", "role", "hidden"),
    [
        ("provider", Role.SUPERVISOR, ()),
        ("provider", Role.FINANCE, ("SECRETname", "SECRETrationale", "rationale")),
        ("provider", Role.AUDITOR, ("SECRETname", "SECRETref")),
        ("commissioner", Role.COMMISSIONER, ("SECRET", "The roster was wrong.", "OURScarer")),
        ("commissioner", Role.AUDITOR, ("SECRETname", "SECRETref")),
        ("commissioner", Role.CLINICAL_LEAD, ("SECRETname", "SECRETref", "OURScarer")),
    ],
)
def test_history_shows_no_more_than_the_page(side: str, role: str, hidden: tuple[str, ...], changed: World) -> None:
    """Tried with every field kept for every reader: all but the supervisor's case fail."""
    user = changed.at_provider(role) if side == "provider" else changed.at_commissioner(role)

    text = repr(read(user, changed))

    assert "older" in text
    assert [word for word in hidden if word in text] == []


def test_a_commissioner_reads_nothing_of_another_commissioners_contract(changed: World) -> None:
    elsewhere = ContractFactory(provider=changed.contract.provider)
    CoverageSpanFactory(contract=elsewhere, member=changed.member, geography="ELSEWHERE")

    assert "ELSEWHERE" in repr(read(changed.at_provider(Role.INTAKE), changed))
    assert "ELSEWHERE" not in repr(read(changed.at_commissioner(Role.COMMISSIONER), changed))


def test_a_long_history_takes_as_many_queries_as_a_short_one(
    changed: World, intake: User, django_assert_num_queries: object
) -> None:
    read(intake, changed)  # reads the standings, once per request
    member = Member.objects.get(pk=changed.member.pk)
    for count in range(30):
        Member.objects.filter(pk=member.pk).update(given_name=f"Name {count}")

    with django_assert_num_queries(8):  # type: ignore[operator]
        assert len(member_history(intake, member)) > 30
