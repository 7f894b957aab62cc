"""Sign-ins: how long they last, what ends them, and what a person is told of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.models import AccessEntry, KnownBrowser, Notice, PersonalToken, Role, User
from accounts.operations import people, roles
from accounts.operations.tokens import create
from tests.accounts.conftest import NOW, TODAY, Place, signed_in
from tests.accounts.test_step_up import PASSWORD, entered, minutes_later
from tests.api.conftest import Program

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


def token_of(user: User) -> str:
    return create(actor=user, now=NOW, name="t", scope="sign", expires_at=NOW + timedelta(days=1))[1]


# --- How long a sign-in lasts ----------------------------------------------------------------------------------------


def test_an_idle_browser_is_signed_out_told_why_and_led_back(ours: Place) -> None:
    client = entered(ours.administrator)
    client.get("/people/")
    minutes_later(client, 31)

    answer = client.get("/people/?q=x")

    assert answer["Location"] == "/sign-in/login/?next=%2Fpeople%2F%3Fq%3Dx"
    assert b"You were signed out because nothing was done for 30 minutes." in client.get(answer["Location"]).content
    back = client.post(
        answer["Location"], {"login": ours.administrator.email, "password": PASSWORD, "next": "/people/?q=x"}
    )
    assert back["Location"] == "/people/?q=x"


def test_whoever_goes_on_working_stays_until_the_sign_in_is_too_long(ours: Place) -> None:
    client = entered(ours.administrator)
    client.get("/people/")
    for _quarter in range(47):
        minutes_later(client, 15)
        assert client.get("/people/").status_code == 200
    minutes_later(client, 16)

    answer = client.get("/people/")

    assert answer.status_code == 302
    assert b"because a sign-in lasts 12 hours at most" in client.get(answer["Location"]).content


def test_what_a_page_asks_for_by_itself_does_not_keep_anybody_signed_in(ours: Place) -> None:
    client = entered(ours.administrator)
    client.get("/")
    for _minutes in range(3):
        minutes_later(client, 10)
        answer = client.get("/jobs/", headers={"HX-Request": "true", "Polling": "true"})

    assert (answer.status_code, answer["HX-Redirect"].split("?")[0]) == (401, "/sign-in/login/")


def test_a_form_sent_too_late_leads_back_to_its_page(ours: Place) -> None:
    client = entered(ours.administrator)
    page = f"/people/{ours.intake.pk}/deactivate/"
    client.get(page)
    minutes_later(client, 31)

    answer = client.post(page, {"reason": "left"}, headers={"Referer": f"http://testserver{page}"})

    assert answer["Location"] == f"/sign-in/login/?next={page.replace('/', '%2F')}"
    assert User.objects.get(pk=ours.intake.pk).is_active


def test_nobody_is_led_to_another_site(ours: Place) -> None:
    answer = Client().post("/profile/", headers={"Referer": "https://evil.example//evil.example/x"})
    page = signed_in(ours.intake).get("/second-factor/?next=https://evil.example/")

    assert answer["Location"] == "/sign-in/login/?next=%2F"
    assert "evil.example" not in page.context["onwards"]


def test_an_idle_browser_is_nobody_to_the_interface(ours: Place) -> None:
    client = entered(ours.administrator)
    client.get("/")
    minutes_later(client, 31)

    assert client.get("/api/v1/me/").status_code == 401


# --- What ends with an account or a role -----------------------------------------------------------------------------


def test_deactivating_ends_every_session_and_token_and_they_stay_ended(ours: Place) -> None:
    browser, program = signed_in(ours.intake), Program(token_of(ours.intake))

    people.deactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="left")
    assert (browser.get("/").status_code, program.get("me/").status_code) == (302, 401)

    people.reactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="back")
    assert (browser.get("/").status_code, program.get("me/").status_code) == (302, 401)


def test_a_role_given_or_ended_today_ends_sessions_and_tokens(ours: Place) -> None:
    browser, program = signed_in(ours.intake), Program(token_of(ours.intake))
    membership, _ = roles.give(
        actor=ours.administrator,
        now=NOW,
        user=ours.intake,
        role=Role.FINANCE,
        organisation=ours.organisation,
        reason="moves",
    )
    assert (browser.get("/").status_code, program.get("me/").status_code) == (302, 401)

    browser, program = signed_in(ours.intake), Program(token_of(ours.intake))
    roles.end(actor=ours.administrator, now=NOW, membership_id=membership.pk, ends_before=TODAY, reason="moves back")
    assert (browser.get("/").status_code, program.get("me/").status_code) == (302, 401)
    ended = [entry for entry in ours.intake.history.all() if entry.history_change_reason == "moves back"]
    assert [entry.history_user_id for entry in ended] == [ours.administrator.pk]


def test_a_role_that_begins_later_ends_nothing_today(ours: Place) -> None:
    browser, program = signed_in(ours.intake), Program(token_of(ours.intake))
    roles.give(
        actor=ours.administrator,
        now=NOW,
        user=ours.intake,
        role=Role.FINANCE,
        organisation=ours.organisation,
        starts_on=TODAY + timedelta(days=30),
        reason="moves",
    )
    assert (browser.get("/").status_code, program.get("me/").status_code) == (200, 200)


def test_deputies_of_a_role_that_ends_are_signed_out_too(ours: Place) -> None:
    held = ours.intake.memberships.get()
    roles.name_deputy(
        actor=ours.administrator,
        now=NOW,
        membership_id=held.pk,
        user_id=ours.auditor.pk,
        starts_on=TODAY,
        ends_before=TODAY + timedelta(days=9),
        reason="leave",
    )
    browser = signed_in(ours.auditor)

    roles.end(actor=ours.administrator, now=NOW, membership_id=held.pk, ends_before=TODAY, reason="leaves")

    assert browser.get("/").status_code == 302


def test_a_new_password_ends_the_other_browsers(ours: Place) -> None:
    here, elsewhere = entered(ours.intake), signed_in(ours.intake)
    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "a whole other sentence", "password2": "a whole other sentence"},
    )
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


# --- A browser not seen before ---------------------------------------------------------------------------------------


def sign_in_with(user: User, browser: str) -> None:
    Client(headers={"User-Agent": browser}).post("/sign-in/login/", {"login": user.email, "password": PASSWORD})


def test_a_new_kind_of_browser_is_told_to_the_person_once_and_the_letter_names_nobody(ours: Place) -> None:
    ours.intake.set_password(PASSWORD)
    ours.intake.save()

    sign_in_with(ours.intake, FIREFOX)
    sign_in_with(ours.intake, FIREFOX.replace("140.0", "141.0"))
    assert not Notice.objects.exists()
    sign_in_with(ours.intake, CHROME)
    sign_in_with(ours.intake, CHROME)

    assert sorted(KnownBrowser.objects.values_list("kind", flat=True)) == ["Chrome on Windows", "Firefox on Linux"]
    (notice,) = Notice.objects.all()
    assert (notice.user, notice.kind) == (ours.intake, "sign_in")
    assert notice.sentence == "Your account was used to sign in with Chrome on Windows, for the first time."
    (letter,) = mail.outbox
    assert letter.to == [ours.intake.email]
    assert ours.intake.name not in letter.body + letter.subject
    assert ours.organisation.name not in letter.body + letter.subject


def test_a_letter_that_cannot_be_sent_does_not_stop_the_sign_in(ours: Place, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ours.intake.set_password(PASSWORD)
    ours.intake.save()
    sign_in_with(ours.intake, FIREFOX)

    sign_in_with(ours.intake, CHROME)

    assert Notice.objects.filter(user=ours.intake).exists()
    assert AccessEntry.objects.filter(verb="sign_in", user=ours.intake).count() == 2


# --- Behind proxies --------------------------------------------------------------------------------------------------


def resets(*forwarded: str) -> list[int]:
    """The answers to asking for a new password, each time for another account, with these headers."""
    return [
        Client()
        .post(
            "/sign-in/password/reset/",
            {"email": f"somebody-{number}@example.org"},
            headers={"X-Forwarded-For": header},
        )
        .status_code
        for number, header in enumerate(forwarded)
    ]


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_header_that_a_client_sends_lifts_a_limit_by_address(ours: Place, settings: Any, proxies: int) -> None:
    """A client that invents addresses stays one client: what its own proxy adds, or nothing, is believed."""
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "3/10m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    added = ", 192.0.2.7" if proxies else ""

    answers = resets(*(f"10.0.0.{number}{added}" for number in range(5)))

    assert answers[-1] == 429


def test_a_token_says_when_it_was_used(ours: Place) -> None:
    program = Program(token_of(ours.intake))
    assert PersonalToken.objects.get().last_used_at is None

    program.get("me/")

    first = PersonalToken.objects.get().last_used_at
    assert first is not None
    program.get("me/")
    assert PersonalToken.objects.get().last_used_at == first  # to the minute
    assert sessions.MINUTE == 60
    assert b"last used" in signed_in(ours.intake).get("/profile/tokens/").content
