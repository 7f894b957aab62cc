"""What cannot be undone is done only for somebody who proved just now who they are."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.models import AccessEntry, PersonalToken, Role, User
from accounts.operations.tokens import create
from tests.access.engine import routes
from tests.accounts.conftest import NOW, TODAY, Place
from tests.api.conftest import Program
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory

PASSWORD = "correct horse battery staple"
ASKED = {
    "accounts:add_person",
    "accounts:give_role",
    "accounts:end_role",
    "accounts:name_deputy",
    "accounts:end_deputy",
    "accounts:deactivate",
    "accounts:reactivate",
    "accounts:reset_second_factor",
    "accounts:tokens",
    "contracts:sign",
    "variance:submit",
    "variance:approve",
    "variance:close",
    "contracts_api:sign",
    "variance_api:submit",
    "variance_api:approve",
    "variance_api:close",
    "baseline:sign_caseload",
    "baseline:sign_billing",
    "baseline_api:sign_caseload",
    "baseline_api:sign_billing",
}


@pytest.fixture(autouse=True)
def asks(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 10


def entered(user: User) -> Client:
    """A browser in which the person has just signed in with their password."""
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    answer = client.post("/sign-in/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def minutes_later(client: Client, minutes: float) -> None:
    """As if so much time had gone by since anything in the session."""
    session = client.session
    for record in session.get("account_authentication_methods", []):
        record["at"] -= minutes * 60
    for key in (sessions.BEGAN, sessions.SEEN):
        if key in session:
            session[key] -= minutes * 60
    session.save()


def confirm(client: Client, answer: Any, password: str = PASSWORD) -> Any:
    return client.post(answer["Location"], {"password": password})


def test_every_address_that_asks_again_is_known_here() -> None:
    declared = {
        name
        for name, view in routes()
        if getattr(view, "step_up", False) or getattr(getattr(view, "cls", None), "step_up", False)
    }
    assert declared >= ASKED


def test_soon_after_signing_in_nothing_is_asked(ours: Place) -> None:
    client = entered(ours.administrator)

    client.post(f"/people/{ours.intake.pk}/deactivate/", {"reason": "left"})

    assert not User.objects.get(pk=ours.intake.pk).is_active


def test_later_the_form_waits_until_the_password_is_given_and_nothing_typed_is_lost(ours: Place) -> None:
    client = entered(ours.administrator)
    minutes_later(client, 11)
    wish = {
        "role": Role.FINANCE.value,
        "organisation": str(ours.organisation.pk),
        "first_day": TODAY.isoformat(),
        "last_day": "",
        "reason": "ä & <b>",
    }
    address = f"/people/{ours.intake.pk}/role/"

    asked = client.post(address, wish, headers={"Referer": f"http://testserver{address}"})
    assert asked["Location"] == f"/sign-in/reauthenticate/?next={reverse('accounts:go_on').replace('/', '%2F')}"
    page = client.get(asked["Location"]).content.decode()
    assert "You were about to: <strong>Give the role</strong>" in page
    assert ours.intake.memberships.count() == 1

    assert confirm(client, asked, "wrong").status_code == 200
    assert ours.intake.memberships.count() == 1

    confirmed = confirm(client, asked)
    assert confirmed["Location"] == "/go-on/"
    page = client.get("/go-on/")
    assert page.context["waiting"].path == address
    assert page.context["waiting"].back == address
    again = dict(page.context["waiting"].fields)
    assert again == wish
    assert 'value="ä &amp; &lt;b&gt;"' in page.content.decode()

    done = client.post(address, again)
    assert done.status_code == 302
    assert ours.intake.memberships.get(role=Role.FINANCE)
    assert client.get("/go-on/")["Location"] == "/"  # nothing waits any more


def test_a_fragment_sends_the_whole_page_to_confirm(ours: Place) -> None:
    client = entered(ours.administrator)
    minutes_later(client, 11)

    answer = client.post(f"/people/{ours.intake.pk}/deactivate/", {"reason": "left"}, headers={"HX-Request": "true"})

    assert answer["HX-Redirect"].startswith("/sign-in/reauthenticate/")
    assert User.objects.get(pk=ours.intake.pk).is_active


def test_what_waits_too_long_is_forgotten(ours: Place) -> None:
    client = entered(ours.administrator)
    minutes_later(client, 11)
    client.post(f"/people/{ours.intake.pk}/deactivate/", {"reason": "left"})
    session = client.session
    session[sessions.WAITING] = {**session[sessions.WAITING], "at": time.time() - 3600}
    session.save()

    assert client.get("/go-on/")["Location"] == "/"


def test_a_token_for_programs_is_made_by_somebody_who_just_confirmed(ours: Place) -> None:
    client = entered(ours.intake)
    wish = {"name": "nightly", "scope": "sign", "last_day": (TODAY + timedelta(days=9)).isoformat()}
    minutes_later(client, 11)

    client.post("/profile/tokens/", wish)
    assert not PersonalToken.objects.exists()

    answer = client.post("/profile/tokens/", wish)
    confirm(client, answer)
    client.post("/profile/tokens/", wish)
    assert PersonalToken.objects.get().scope == "sign"


@pytest.fixture
def files(db: None) -> tuple[User, User]:
    """Who may take a file with names, and who takes one with pseudonyms."""
    contract = signed_contract()
    CoverageSpanFactory(contract=contract, member=MemberFactory(organisation=contract.provider, family_name="Canary"))
    return person(Role.INTAKE, contract.provider), person(Role.COMMISSIONER, contract.commissioner)


def test_a_file_with_identities_asks_first_and_is_there_afterwards(files: tuple[User, User]) -> None:
    client = entered(files[0])
    minutes_later(client, 11)

    asked = client.get("/members/?export=csv")
    assert (asked.status_code, asked["Location"]) == (
        302,
        "/sign-in/reauthenticate/?next=%2Fmembers%2F%3Fexport%3Dcsv",
    )
    assert not AccessEntry.objects.filter(verb="export").exists()

    confirmed = confirm(client, asked)
    assert confirmed["Location"] == "/members/?export=csv"
    assert b"Canary" in b"".join(client.get("/members/?export=csv").streaming_content)


def test_a_file_without_identities_does_not_ask(files: tuple[User, User]) -> None:
    client = entered(files[1])
    minutes_later(client, 11)

    assert client.get("/members/?export=csv").status_code == 200


# --- Programs ------------------------------------------------------------------------------------------------------


def program(user: User, scope: str) -> Program:
    _token, secret = create(actor=user, now=NOW, name="t", scope=scope, expires_at=NOW + timedelta(days=1))
    return Program(secret)


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["submit", "approve", "close"])
def test_a_token_that_was_not_made_for_it_neither_signs_nor_closes(step: str) -> None:
    contract = signed_contract()
    finance = person(Role.FINANCE, contract.provider)
    path = f"cycles/{contract.code}/2026-01/{step}/"

    answer = program(finance, "write").post(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm_first")
    assert answer.json()["sentence"].startswith("This needs a token made for signing and closing")
    assert program(finance, "sign").post(path).status_code == 404  # past the door: there is no such month
    assert program(finance, "write").post("cycles/", {"contract": contract.code, "month": "2026-01"}).status_code == 201


@pytest.mark.django_db
def test_a_browser_signs_through_the_interface_only_while_its_sign_in_is_fresh() -> None:
    contract = signed_contract()
    client = entered(person(Role.FINANCE, contract.provider))
    path = f"/api/v1/cycles/{contract.code}/2026-01/close/"

    assert client.post(path, {}, content_type="application/json").status_code == 404
    minutes_later(client, 11)
    answer = client.post(path, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm_first")
