"""Ids of the other organisation in the address's query, in form fields and inside files: never taken, never told."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.api import sign_in
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import run
from blended_pilot.kernel.scope import SYSTEM
from contracts.models import ContractVersion, FeedRun
from contracts.querysets import EscalationQuerySet
from tests.access.bodies import DAY, REASON
from tests.access.engine import digest
from tests.access.world import NOW, THEIRS, World
from tests.factories.contracts import document

pytestmark = pytest.mark.django_db

LISTS = [
    ("eligibility:members", "provider supervisor"),
    ("eligibility:members", "commissioner quality"),
    ("eligibility:practitioners", "provider supervisor"),
    ("baseline:activities", "provider finance"),
    ("baseline:activities", "commissioner finance"),
    ("contracts:contracts", "provider finance"),
    ("contracts:feeds", "provider intake"),
    ("contracts:escalations", "commissioner commissioner"),
    ("variance:cycles", "provider finance"),
    ("variance:ledger", "commissioner finance"),
    ("variance:unpaid", "provider finance"),
    ("variance:statements", "commissioner auditor"),
    ("accounts:people", "provider administrator"),
    ("accounts:access", "commissioner auditor"),
    ("jobs:jobs", "provider finance"),
]


def _foreign(world: World) -> dict[str, list[Any]]:
    place = world.theirs
    return {
        "contract": [place.contract.pk, place.contract.code],
        "organisation": [place.contract.provider_id, place.contract.commissioner_id],
        "commissioner": [place.contract.commissioner_id],
        "provider": [place.contract.provider_id],
        "member": [place.member.pk, place.member.reference],
        "team": [place.rows["team"].pk],
        "practitioner": [place.rows["practitioner"].pk],
        "user": place.of_side["provider"]["person"],
        "person": place.of_side["provider"]["person"],
        "q": [THEIRS, place.member.reference],
        "search": [THEIRS],
        "text": [THEIRS],
    }


@pytest.mark.parametrize(("route", "name"), LISTS)
def test_a_filter_by_their_ids_finds_nothing_of_theirs(world: World, route: str, name: str) -> None:
    client = world.persona(name).client
    queries = [{key: str(value)} for key, values in _foreign(world).items() for value in values]
    queries += [{"sort": "pk"}, {"sort": "-contract__provider__name"}, {"page": "2"}, {"size": "200"}]
    everything = {key: str(values[0]) for key, values in _foreign(world).items()}
    for query in [*queries, everything]:
        for export in ({}, {"export": "csv"}) if query is everything else ({},):
            answer = client.get(reverse(route), {**query, **export})
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            asked = {value for value in query.values() if THEIRS in value}
            text = content.decode()
            for value in asked:  # what was typed into a filter stands in it again
                text = text.replace(value, "")
            assert answer.status_code in {200, 400, 403, 422}, (query, answer.status_code)
            assert THEIRS not in text, query


PROGRAMS = ["provider supervisor", "provider finance", "commissioner quality"]


def told_to_programs(world: World, name: str) -> list[str]:
    """Lists of the interface that, asked for what is theirs, tell anything of it."""
    program = world.persona(name).program
    description = program.get("/api/v1/schema/").json()
    foreign = {key: [str(value) for value in values] for key, values in _foreign(world).items()}
    telling = []
    for path, one in sorted(description["paths"].items()):
        if "{" in path or "get" not in one or not one["get"]["operationId"].startswith("list_"):
            continue
        for parameter in one["get"]["parameters"]:
            for value in foreign.get(parameter["name"], [THEIRS, world.theirs.member.reference]):
                answer = program.get(path, {parameter["name"]: value})
                text = answer.content.decode().replace(value, "")
                if answer.status_code not in {200, 400, 403} or THEIRS in text:
                    telling.append(f"{path}?{parameter['name']}={value}: {answer.status_code}")
    return telling


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_parameter_of_the_interface_finds_what_is_theirs(world: World, name: str) -> None:
    assert told_to_programs(world, name) == []


def test_a_list_of_the_interface_that_is_not_narrowed_to_the_person_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EscalationQuerySet, "visible_to", lambda self, _user: self.all())
    monkeypatch.setattr(sign_in, "scope_of", lambda _user: SYSTEM)  # row security would hide them all the same

    assert any(line.startswith("/api/v1/escalations/?contract=") for line in told_to_programs(world, PROGRAMS[1]))


WRITES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("eligibility:assign", "provider supervisor", "member", {"practitioner": "practitioner", "starts_on": DAY}),
    ("eligibility:assign", "provider supervisor", "member", {"team": "team", "starts_on": DAY}),
    (
        "eligibility:cover",
        "provider supervisor",
        "member",
        {"practitioner": "practitioner", "starts_on": DAY, "last_day": "2026-08-20"},
    ),
    ("eligibility:hand_over", "provider supervisor", "", {"practitioner": "practitioner", "starts_on": DAY}),
    ("eligibility:add_team", "provider supervisor", "", {"organisation": "provider", "name": "Theirs"}),
    (
        "eligibility:add_practitioner",
        "provider supervisor",
        "",
        {"organisation": "provider", "name": "Theirs", "reference": "theirs"},
    ),
    ("eligibility:describe_practitioner", "provider supervisor", "practitioner", {"user": "person", "name": "x"}),
    (
        "accounts:give_role",
        "provider administrator",
        "person",
        {"organisation": "provider", "role": "finance", "first_day": DAY},
    ),
    (
        "accounts:add_person",
        "provider administrator",
        "",
        {"organisation": "provider", "role": "finance", "first_day": DAY, "name": "N", "email": "n@example.org"},
    ),
    (
        "accounts:name_deputy",
        "provider administrator",
        "membership",
        {"deputy": "person", "first_day": "2100-01-01", "last_day": "2100-02-01"},
    ),
    ("contracts:send_feed", "provider intake", "", {"contract": "contract", "kind": "roster"}),
]


@pytest.mark.parametrize(("route", "name", "subject", "fields"), WRITES, ids=lambda value: str(value)[:30])
def test_their_ids_in_a_form_are_not_a_choice(
    world: World, route: str, name: str, subject: str, fields: dict[str, Any]
) -> None:
    foreign = {key: values[0] for key, values in _foreign(world).items()}
    body = {key: foreign.get(value, value) if key != "kind" else value for key, value in fields.items()}
    if route == "contracts:send_feed":
        body["file"] = SimpleUploadedFile("sent.csv", b"member_ref,cohort,geography,from,to\n")
    arguments = world.ours.address(subject, "provider") if subject else []
    before = digest()

    answer = world.persona(name).client.post(reverse(route, args=arguments), {**REASON, **body})

    assert answer.status_code == 422
    assert THEIRS not in answer.content.decode()
    assert digest() == before


def test_a_confirmed_hand_over_moves_nobody_of_theirs_whatever_the_address_filters(world: World) -> None:
    client = world.persona("provider supervisor").client
    address = f"{reverse('eligibility:hand_over')}?organisation={world.theirs.contract.provider_id}"
    body = {"practitioner": world.ours.rows["practitioner"].pk, "starts_on": DAY, **REASON}
    before = {name: rows for name, rows in digest().items() if name == "eligibility_assignment"}
    page = client.post(address, body).content.decode()

    assert THEIRS not in page
    assert {name: rows for name, rows in digest().items() if name == "eligibility_assignment"} == before


def test_a_contract_file_that_names_their_contract_or_parties_is_refused(world: World) -> None:
    theirs = world.theirs.contract
    parties = {
        "commissioner": {"code": theirs.commissioner.code, "name": "Taken over"},
        "provider": {"code": theirs.provider.code, "name": "Taken over"},
    }
    before = digest()
    for code in (theirs.code, "A-NEW-ONE"):
        text = document(code=code, title="Taken over", version=3, in_force_from="2026-11-01", **parties)
        file = SimpleUploadedFile("contract.json", json.dumps(text).encode())
        for name in ("provider finance", "commissioner commissioner"):
            file.seek(0)
            answer = world.persona(name).client.post(reverse("contracts:load"), {"document": file})
            assert answer.status_code in {403, 422}
            assert THEIRS not in answer.content.decode().replace(code, "").replace(theirs.code, "")
    assert digest() == before
    assert not ContractVersion.objects.filter(contract=theirs, number=3).exists()


def test_rows_of_a_file_that_name_their_members_change_and_tell_nothing(world: World) -> None:
    """The reference is only a name within one's own organisation: theirs is unknown there, or a new member's."""
    client = world.persona("provider intake").client
    member = world.theirs.member
    levels = (
        "member_ref,level,from,to,decided_on,decided_by,rationale\n"
        f"{member.reference},L3,2026-01-01,,2026-01-01,Somebody,Taken over\n"
    )
    before = {name: rows for name, rows in digest().items() if name.startswith("eligibility_")}
    body = {"contract": world.ours.contract.pk, "kind": "levels", "file": SimpleUploadedFile("l.csv", levels.encode())}
    answer = client.post(reverse("contracts:send_feed"), body)
    assert answer.status_code == 302
    sent = FeedRun.objects.latest("pk")
    for kind in ("feed.check", "feed.apply"):
        job = Job.objects.filter(key=str(sent.pk), status="queued").first()
        if job is not None:
            run(job_id=job.pk, clock=lambda: NOW)
        if kind == "feed.check":
            client.post(reverse("contracts:apply_feed", args=[sent.pk]))

    page = client.get(reverse("contracts:feed_run", args=[sent.pk])).content.decode()
    assert member.given_name not in page
    assert {name: rows for name, rows in digest().items() if name.startswith("eligibility_")} == before
