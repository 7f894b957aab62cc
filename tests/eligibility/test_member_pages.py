"""The members' pages from outside: who reaches them, what they tell, and that the log knows."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import python_calamine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessEntry, Role, User
from accounts.permissions import PROVIDER_STAFF
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member
from eligibility.queries.members import in_order
from tests.eligibility.conftest import World, cells
from tests.factories.accounts import MembershipFactory
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
)

IDENTITY = ("OURS-REF", "OURSgiven", "OURSfamily")


def browsing(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.get("Content-Type", "").startswith("application/vnd"):
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        return repr(book.get_sheet_by_index(0).to_python())
    return content.decode()


def pages(world: World) -> list[str]:
    """Every address that answers GET about one member or a list of them."""
    of_member = ("member", "history", "access", "assign", "cover")
    assignment = Assignment.objects.get(member=world.member)
    return [
        *(reverse(f"eligibility:{name}", args=[world.member.pk]) for name in of_member),
        reverse("eligibility:add_coverage", args=[world.member.pk, world.contract.code]),
        *(
            reverse(f"eligibility:{name}", args=[world.coverage.pk])
            for name in ("correct_dates", "change_group", "void_coverage")
        ),
        *(reverse(f"eligibility:{name}", args=[assignment.pk]) for name in ("end_assignment", "withdraw_assignment")),
        reverse("eligibility:team", args=[world.team.pk]),
        reverse("eligibility:rename_team", args=[world.team.pk]),
        reverse("eligibility:practitioner", args=[world.practitioner.pk]),
        reverse("eligibility:describe_practitioner", args=[world.practitioner.pk]),
        reverse("baseline:of_member", args=[world.member.pk]),
        reverse("baseline:activity", args=[world.member.activity.get().pk]),
    ]


LISTS = [
    "eligibility:members",
    "eligibility:teams",
    "eligibility:practitioners",
    "eligibility:caseload",
    "eligibility:hand_over",
    "eligibility:add_team",
    "eligibility:add_practitioner",
    "baseline:activities",
    "accounts:search",
    "accounts:home",
]
EVERYBODY = [
    *(
        ("provider", role)
        for role in (Role.INTAKE, Role.SUPERVISOR, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR)
    ),
    *(("commissioner", role) for role in (Role.COMMISSIONER, Role.CLINICAL_LEAD, Role.AUDITOR)),
]


@pytest.fixture(autouse=True)
def full_worlds(ours: World, theirs: World) -> None:
    for world in (ours, theirs):
        AssignmentFactory(member=world.member, practitioner=world.practitioner, team=world.team)
        ActivityFactory(contract=world.contract, member=world.member, activity_ref=f"A-{world.contract.code}")


def somebody(world: World, side: str, role: str) -> User:
    return world.at_provider(role) if side == "provider" else world.at_commissioner(role)


@pytest.mark.parametrize(("side", "role"), EVERYBODY)
def test_no_answer_of_any_kind_tells_anything_of_another_organisation(
    side: str, role: str, ours: World, theirs: World
) -> None:
    """Tried with `visible_to` returning every row: it fails for every role that opens a page at all."""
    client = browsing(somebody(ours, side, role))
    lists = [reverse(name) for name in LISTS]
    ids = f"?practitioner={theirs.practitioner.pk}&team={theirs.team.pk}&contract={theirs.contract.pk}&covered=no"
    asked = [*lists, *(address + ids for address in lists), *(f"{one}?export=csv" for one in lists)]
    asked += [f"{reverse('eligibility:members')}?text={word}" for word in ("", "x", theirs.member.pseudonym)]
    asked += [f"{reverse('eligibility:members')}?export=xlsx", f"{reverse('baseline:activities')}?export=xlsx"]

    for address in asked:
        response = client.get(address)
        assert response.status_code in (200, 403), address
        asked_for = theirs.member.pseudonym
        found = text(response)
        for given_back in (f'value="{asked_for}"', f"text={asked_for}", f"Name or reference: {asked_for}"):
            found = found.replace(given_back, "")  # what was typed, in the search field, in links and on paper
        assert [word for word in ("CANARY", asked_for) if word in found] == [], address
    for address in pages(theirs):
        assert client.get(address).status_code in (403, 404), address
        assert client.post(address, {"reason": "I want it."}).status_code in (403, 404, 405), address
    assert client.post(
        reverse("eligibility:reveal", args=[theirs.member.pk]), {"reason": "I want to know."}
    ).status_code in (403, 404)


@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.FINANCE, Role.ANALYST, Role.CLINICAL_LEAD, Role.AUDITOR])
def test_the_commissioners_side_meets_the_pseudonym_everywhere(role: str, ours: World) -> None:
    """Tried with the reference in `identity` for everybody: fails on every page."""
    client = browsing(ours.at_commissioner(role))
    addresses = [
        reverse("eligibility:members"),
        reverse("eligibility:members") + "?export=csv",
        reverse("eligibility:members") + "?export=xlsx",
        reverse("eligibility:member", args=[ours.member.pk]),
        reverse("eligibility:history", args=[ours.member.pk]),
        reverse("baseline:of_member", args=[ours.member.pk]),
        f"{reverse('accounts:search')}?q={ours.member.pseudonym}",
    ]
    for address in addresses:
        if role == Role.AUDITOR and "export" in address:
            continue
        found = text(client.get(address))
        assert ours.member.pseudonym in found, address
        assert [word for word in IDENTITY if word in found] == [], address
    record = text(client.get(reverse("baseline:activity", args=[ours.member.activity.get().pk])))
    assert ours.member.pseudonym in record


def test_a_lapsed_level_is_told_as_the_level_of_care_and_what_is_paid_beside_it(ours: World) -> None:
    LevelSpan.objects.filter(member=ours.member).delete()
    LevelSpanFactory(
        contract=ours.contract,
        member=ours.member,
        level="L2",
        starts_on=date(2026, 2, 1),
        ends_before=date(2026, 3, 1),
    )
    client = browsing(ours.at_provider(Role.SUPERVISOR))

    page = text(client.get(reverse("eligibility:member", args=[ours.member.pk])))
    listed = text(client.get(reverse("eligibility:members") + "?export=csv"))

    assert "Care goes on at this level until a clinical lead decides" in page
    assert "L2 lapsed, paid at none" in listed


def test_an_auditor_elsewhere_who_is_a_commissioner_here_meets_no_staff_of_the_provider(ours: World) -> None:
    """A role counts where it is held. Tried with `may(user, "team.view")` in place of `visible_to`: fails."""
    user = ours.at_commissioner(Role.COMMISSIONER)
    MembershipFactory(user=user, role=Role.AUDITOR, organisation=ContractFactory().commissioner)
    client = browsing(user)

    for address in (
        reverse("eligibility:members"),
        reverse("eligibility:members") + "?export=csv",
        reverse("eligibility:member", args=[ours.member.pk]),
        reverse("eligibility:history", args=[ours.member.pk]),
        reverse("eligibility:practitioners"),
    ):
        found = text(client.get(address))
        assert [word for word in ("OURScarer", "OURSteam") if word in found] == [], address
    narrowed = text(client.get(reverse("eligibility:members"), {"practitioner": "none", "export": "csv"}))
    assert ours.member.pseudonym in narrowed


@pytest.mark.parametrize("word", ["OURS-REF", "ours-r", "OURSgiven", "oursfam"])
def test_what_a_reader_may_not_see_cannot_be_found_by_searching_for_it(word: str, ours: World) -> None:
    """An answer to a reference would tell whose pseudonym it is."""
    client = browsing(ours.at_commissioner(Role.COMMISSIONER))

    for address in (f"{reverse('eligibility:members')}?text={word}", f"{reverse('accounts:search')}?q={word}"):
        assert ours.member.pseudonym not in text(client.get(address))


@pytest.mark.parametrize("word", ["ours-r", "OURSgiven", "oursgiven OURSf", "oursfam oursg", "PSEUDONYM"])
def test_the_care_team_finds_by_reference_name_and_pseudonym(word: str, ours: World, intake: User) -> None:
    word = ours.member.pseudonym.lower() if word == "PSEUDONYM" else word

    found = text(browsing(intake).get(reverse("eligibility:members"), {"text": word}))

    assert "OURS-REF" in found


def test_an_order_of_names_is_not_for_those_who_see_none(ours: World) -> None:
    """Tried with the plain name columns in the order: fails."""
    for family in ("Zulu", "Alpha", "Mike", "Delta", "Yankee", "Bravo"):
        CoverageSpanFactory(
            contract=ours.contract, member=MemberFactory(organisation=ours.contract.provider, family_name=family)
        )
    user = ours.at_commissioner(Role.COMMISSIONER)
    MembershipFactory(user=user, role=Role.INTAKE)  # of a provider elsewhere, whose members have names for them
    members = Member.objects.visible_to(user)

    by_name, by_code = (list(in_order(user, members, key).values_list("pk", flat=True)) for key in ("name", "code"))

    assert by_name == by_code
    assert by_code == list(members.order_by("pseudonym").values_list("pk", flat=True))


def identity_shown(found: str) -> bool:
    return any(word in found for word in IDENTITY)


@pytest.mark.parametrize(("side", "role"), EVERYBODY)
def test_whenever_an_answer_holds_an_identity_the_log_names_the_member(side: str, role: str, ours: World) -> None:
    """Tried without the `members=` of the lists, and without the note of the member page: fails for the care team."""
    client = browsing(somebody(ours, side, role))
    addresses = [*pages(ours), *(reverse(name) for name in LISTS), reverse("eligibility:members") + "?export=csv"]
    addresses += [f"{reverse('accounts:search')}?q={word}" for word in ("ours-r", "oursg")]
    told = []
    for address in addresses:
        before = AccessEntry.objects.count()
        response = client.get(address)
        if response.status_code == 200 and identity_shown(text(response)):
            told.append(address)
            entries = AccessEntry.objects.order_by("pk")[before:]
            assert any(ours.member.pk in entry.members for entry in entries), address
    # positive control: those who may see identity did
    assert bool(told) == (role in {*PROVIDER_STAFF} and side == "provider")


def test_an_export_is_logged_with_everybody_in_it(ours: World, intake: User) -> None:
    others = [MemberFactory(organisation=ours.contract.provider).pk for _ in range(3)]

    text(browsing(intake).get(reverse("eligibility:members"), {"export": "csv"}))

    entry = AccessEntry.objects.get(verb="export")
    assert (entry.user, entry.members) == (intake, sorted([ours.member.pk, *others]))


def test_a_reveal_shows_the_name_once_and_keeps_the_reason(ours: World) -> None:
    client = browsing(ours.at_commissioner(Role.QUALITY))

    revealed = client.post(reverse("eligibility:reveal", args=[ours.member.pk]), {"reason": "Complaint 17 names them."})

    assert "OURSgiven OURSfamily" in text(revealed)
    assert "no-store" in revealed["Cache-Control"]
    entry = AccessEntry.objects.get(verb="reveal")
    assert (entry.members, entry.reason) == ([ours.member.pk], "Complaint 17 names them.")
    again = client.get(reverse("eligibility:member", args=[ours.member.pk]))
    assert not identity_shown(text(again))


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("because", 409)])
def test_a_reveal_without_a_real_reason_shows_nothing(reason: str, status: int, ours: World) -> None:
    client = browsing(ours.at_commissioner(Role.COMMISSIONER))

    response = client.post(reverse("eligibility:reveal", args=[ours.member.pk]), {"reason": reason})

    assert response.status_code == status
    assert not identity_shown(text(response))
    assert not AccessEntry.objects.filter(verb="reveal").exists()


def test_an_auditor_reads_who_saw_the_person(ours: World, intake: User) -> None:
    browsing(intake).get(reverse("eligibility:member", args=[ours.member.pk]))

    found = text(browsing(ours.at_provider(Role.AUDITOR)).get(reverse("eligibility:access", args=[ours.member.pk])))

    assert intake.name in found


def test_demographics_and_rationale_are_for_the_care_team(ours: World) -> None:
    Member.objects.filter(pk=ours.member.pk).update(ethnicity="SECRETethnicity")
    address = reverse("eligibility:member", args=[ours.member.pk])

    shown = {
        (side, role): ("SECRETethnicity" in found, "OURSrationale" in found)
        for side, role in [
            ("provider", Role.PRACTITIONER),
            ("provider", Role.FINANCE),
            ("provider", Role.AUDITOR),
            ("commissioner", Role.CLINICAL_LEAD),
            ("commissioner", Role.COMMISSIONER),
        ]
        if (found := text(browsing(somebody(ours, side, role)).get(address)))
    }

    assert shown == {
        ("provider", Role.PRACTITIONER): (True, True),
        ("provider", Role.FINANCE): (False, False),
        ("provider", Role.AUDITOR): (False, True),
        ("commissioner", Role.CLINICAL_LEAD): (False, True),
        ("commissioner", Role.COMMISSIONER): (False, False),
    }


@pytest.fixture
def crowd(ours: World) -> Callable[[int], None]:
    def grow(count: int) -> None:
        for member in MemberFactory.create_batch(count, organisation=ours.contract.provider):
            CoverageSpanFactory(contract=ours.contract, member=member)
            LevelSpanFactory(contract=ours.contract, member=member)
            AssignmentFactory(member=member, practitioner=ours.practitioner, team=ours.team)
            ActivityFactory(contract=ours.contract, member=member)

    return grow


@pytest.mark.parametrize(
    "address",
    [
        "/members/?size=200",
        "/members/?size=200&sort=-name&covered=yes&level=L1&team=none",
        "/activity/?size=200",
        "/activity/?size=200&state=reversed&kind=baseline",
        "/teams/?size=200",
        "/practitioners/?size=200",
    ],
)
def test_a_list_of_many_asks_as_often_as_one_of_few(
    address: str, crowd: Callable[[int], None], intake: User, django_assert_num_queries: Any
) -> None:
    crowd(3)
    client = browsing(intake)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    crowd(40)

    with django_assert_num_queries(len(few)):
        client.get(address)


def test_a_line_of_the_list_says_who_where_at_which_level_and_with_whom(ours: World, intake: User) -> None:
    page = text(browsing(intake).get(reverse("eligibility:members"), {"on": "2026-03-02"}))

    assert cells(page) == [
        "OURS-REF",
        "OURSgiven OURSfamily",
        "Adults",
        "North",
        "L1",
        "Jan. 1, 2026",
        "open",
        "OURScarer",
        "OURSteam",
    ]


def test_a_line_of_the_file_holds_codes_and_dates(ours: World, intake: User) -> None:
    found = text(browsing(intake).get(reverse("eligibility:members"), {"on": "2026-03-02", "export": "csv"}))

    assert found.lstrip("\ufeff").splitlines() == [
        "Reference,Name,Cohort,Geography,Level,Covered since,until,Practitioner,Team",
        "OURS-REF,OURSgiven OURSfamily,adult,north,L1,2026-01-01,,OURScarer,OURSteam",
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "all_of_them"), [("eligibility:members", 41), ("baseline:activities", 41)])
def test_an_export_holds_every_row_and_not_the_first_page(
    name: str, all_of_them: int, kind: str, crowd: Callable[[int], None], intake: User
) -> None:
    crowd(40)

    found = text(browsing(intake).get(reverse(name), {"export": kind}))

    rows = found.splitlines()[1:] if kind == "csv" else found.split("], [")[1:]
    assert len(rows) == all_of_them


def listed(client: Client, **query: Any) -> set[str]:
    found = text(client.get(reverse("eligibility:members"), {**query, "export": "csv"}))
    return {line.split(",")[0] for line in found.splitlines()[1:]}


def test_the_list_is_narrowed_as_things_stood_on_the_chosen_day(ours: World, intake: User) -> None:
    provider = ours.contract.provider
    CoverageSpan.objects.filter(pk=ours.coverage.pk).update(ends_before=date(2026, 3, 1))
    later = MemberFactory(organisation=provider, reference="LATER")
    CoverageSpanFactory(contract=ours.contract, member=later, starts_on=date(2026, 4, 1), cohort="older")
    LevelSpanFactory(contract=ours.contract, member=later, starts_on=date(2026, 5, 1), level="L2")
    MemberFactory(organisation=provider, reference="NEVER")
    client = browsing(intake)

    assert listed(client, on="2026-02-28", covered="yes") == {"OURS-REF"}
    assert listed(client, on="2026-04-15", covered="yes") == {"LATER"}
    assert listed(client, on="2026-04-15", covered="no") == {"OURS-REF", "NEVER"}
    assert listed(client, on="2026-04-15", cohort="older") == {"LATER"}
    assert listed(client, on="2026-04-15", level="none") == {"LATER"}
    assert listed(client, on="2026-05-01", level="L2") == {"LATER"}
    assert listed(client, on="2026-05-01", level="L1") == {"OURS-REF"}
    assert listed(client, on="2026-05-01", practitioner="none") == {"LATER", "NEVER"}
    assert listed(client, on="2026-05-01", team=str(ours.team.pk)) == {"OURS-REF"}


def test_a_day_that_cannot_be_read_is_no_error(ours: World, intake: User) -> None:
    assert browsing(intake).get(reverse("eligibility:members"), {"on": "2026-13-45"}).status_code == 200


def test_assigning_on_the_page_moves_the_lead(ours: World, supervisor: User) -> None:
    other = PractitionerFactory(organisation=ours.contract.provider)
    address = reverse("eligibility:assign", args=[ours.member.pk])

    response = browsing(supervisor).post(
        address, {"practitioner": other.pk, "team": "", "starts_on": "2026-03-01", "reason": "Closer to home."}
    )

    assert (response.status_code, response["Location"]) == (302, reverse("eligibility:member", args=[ours.member.pk]))
    assert Assignment.objects.get(member=ours.member, ends_before=None).practitioner == other


def test_a_form_without_its_fields_answers_422_and_a_refusal_409(ours: World, supervisor: User, intake: User) -> None:
    end = reverse("eligibility:end_assignment", args=[Assignment.objects.get(member=ours.member).pk])
    assert browsing(supervisor).post(end, {"last_day": "", "reason": ""}).status_code == 422
    assert browsing(supervisor).post(end, {"last_day": "2020-01-01", "reason": "Left."}).status_code == 409
    days = reverse("eligibility:correct_dates", args=[ours.coverage.pk])
    assert (
        browsing(intake).post(days, {"starts_on": "2026-01-01", "last_day": "", "reason": "Same."}).status_code == 409
    )
    assert Assignment.objects.get(member=ours.member).ends_before is None


def test_the_last_day_typed_is_the_last_day_covered(ours: World, intake: User) -> None:
    days = reverse("eligibility:correct_dates", args=[ours.coverage.pk])

    browsing(intake).post(days, {"starts_on": "2026-01-01", "last_day": "2026-04-30", "reason": "Moved away."})

    ours.coverage.refresh_from_db()
    assert ours.coverage.ends_before == date(2026, 5, 1)


def test_a_hand_over_is_previewed_confirmed_and_done(ours: World, supervisor: User) -> None:
    """Negative control: without the confirmation's digest the second step would hand over whoever matches then."""
    successor = PractitionerFactory(organisation=ours.contract.provider)
    address = f"{reverse('eligibility:hand_over')}?practitioner={ours.practitioner.pk}"
    form = {"practitioner": successor.pk, "team": "", "starts_on": "2026-03-01", "reason": "Retires."}
    client = browsing(supervisor)

    preview = client.post(address, form)
    assert preview.status_code == 200
    assert Assignment.objects.filter(practitioner=successor).count() == 0
    selection = preview.context["selection"]
    newcomer = MemberFactory(organisation=ours.contract.provider)
    AssignmentFactory(member=newcomer, practitioner=ours.practitioner, team=None)

    changed = client.post(address, {**form, "confirm": selection})
    assert "The selection has changed since you looked." in text(changed)
    assert Assignment.objects.filter(practitioner=successor).count() == 0

    done = client.post(address, {**form, "confirm": changed.context["selection"]})
    assert done.status_code == 302
    assert set(Assignment.objects.filter(practitioner=successor).values_list("member", flat=True)) == {
        ours.member.pk,
        newcomer.pk,
    }


def test_my_work_counts_what_is_missing(ours: World, supervisor: User) -> None:
    unassigned = MemberFactory(organisation=ours.contract.provider)
    CoverageSpanFactory(contract=ours.contract, member=unassigned)

    found = text(browsing(supervisor).get(reverse("accounts:home")))

    assert "Covered members whom nobody looks after" in found
    assert "Covered members without a decided level" in found


def test_a_linked_practitioner_finds_their_own_members(ours: World) -> None:
    user = ours.at_provider(Role.PRACTITIONER)
    client = browsing(user)
    assert "not linked to a practitioner yet" in text(client.get(reverse("eligibility:caseload")))

    ours.practitioner.user = user
    ours.practitioner.save()

    assert "OURSgiven OURSfamily" in text(client.get(reverse("eligibility:caseload")))
