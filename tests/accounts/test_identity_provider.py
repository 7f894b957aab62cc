"""Signing in through an identity provider, against one that runs here for the test."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import AccessEntry, User
from tests.accounts.conftest import NOW, Place
from tests.accounts.test_second_factors import with_app

KEY = "a key that the test and its provider share, and nobody else"


class Provider:
    """Says of whoever comes what `claims` says."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.nonce = ""
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self, body: dict[str, Any]) -> None:
                provider.asked.append(urlsplit(self.path).path)
                raw = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_GET(self) -> None:
                self._answer(provider.configuration() if "well-known" in self.path else provider.claims)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer({"access_token": "t", "token_type": "Bearer", "id_token": provider.id_token()})

            def log_message(self, *_anything: Any) -> None:
                """Nothing on the test's output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def id_token(self) -> str:
        now = int(time.time())
        return jwt.encode({**self.claims, "iss": self.address, "aud": "pilot", "iat": now, "exp": now + 60}, KEY)


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    running = Provider()
    thread = threading.Thread(target=running.server.serve_forever)
    thread.start()
    app = {
        "provider_id": "provider",
        "name": "County sign-in",
        "client_id": "pilot",
        "secret": "s",
        "settings": {"server_url": running.address},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


def come_through(provider: Provider, **claims: Any) -> tuple[Client, Any]:
    """Go from the sign-in page to the provider and back; (the browser, the answer to coming back)."""
    provider.claims = {"sub": "s-1", "name": "Told By Provider", **claims}
    client = Client()
    page = client.get("/sign-in/login/").content.decode()
    assert 'action="/sign-in/oidc/provider/login/?process=login"' in page
    assert "Sign in with County sign-in" in page
    away = client.post("/sign-in/oidc/provider/login/?process=login")
    there = urlsplit(away["Location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{provider.address}/authorize"
    asked = parse_qs(there.query)
    assert asked["code_challenge_method"] == ["S256"]
    return client, client.get("/sign-in/oidc/provider/login/callback/", {"code": "c", "state": asked["state"][0]})


def inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_somebody_whom_an_administrator_added_comes_in_by_their_verified_address(
    ours: Place, provider: Provider
) -> None:
    client, answer = come_through(provider, email=ours.intake.email.upper(), email_verified=True)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert inside(client)
    assert client.get("/").wsgi_request.user == ours.intake
    assert User.objects.get(pk=ours.intake.pk).name == ours.intake.name  # the provider changes nobody's name
    assert SocialAccount.objects.get().user == ours.intake
    assert AccessEntry.objects.filter(verb="sign_in", user=ours.intake).exists()

    again, _answer = come_through(provider, email="moved@example.org", email_verified=True)  # the same `sub`
    assert inside(again)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org", "email_verified": True},
        {"email": "{intake}", "email_verified": False},
        {"email": "{intake}", "email_verified": "true"},
        {"email": "{intake}"},
        {"email": "{gone}", "email_verified": True},
        {"email": "system@blended-pilot.invalid", "email_verified": True},
        {"email": "", "email_verified": True},
        {},
    ],
)
def test_nobody_else_comes_in_and_no_account_is_made(ours: Place, provider: Provider, claims: dict[str, Any]) -> None:
    User.objects.filter(pk=ours.auditor.pk).update(is_active=False, deactivated_at=NOW)
    User.objects.create(email="system@blended-pilot.invalid", name="System", is_system=True, password="!")
    known = {"intake": ours.intake.email, "gone": ours.auditor.email}
    claims = {k: v.format(**known) if isinstance(v, str) and k == "email" else v for k, v in claims.items()}
    before = User.objects.count()

    client, answer = come_through(provider, **claims)

    assert answer["Location"] == "/sign-in/login/"
    assert b"There is no account for you here." in client.get("/sign-in/login/").content
    assert not inside(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)
    assert AccessEntry.objects.filter(verb="refused", user=None).exists()


def test_somebody_deactivated_after_their_first_time_stays_out(ours: Place, provider: Provider) -> None:
    come_through(provider, email=ours.intake.email, email_verified=True)
    User.objects.filter(pk=ours.intake.pk).update(is_active=False, deactivated_at=NOW)

    client, _answer = come_through(provider, email=ours.intake.email, email_verified=True)

    assert not inside(client)


def test_a_second_factor_is_asked_for_here_as_well(ours: Place, provider: Provider) -> None:
    with_app(ours.intake)

    client, answer = come_through(provider, email=ours.intake.email, email_verified=True)

    assert answer["Location"].startswith("/sign-in/2fa/authenticate/")
    assert not inside(client)


def test_an_answer_that_nobody_asked_for_is_not_taken(ours: Place, provider: Provider) -> None:
    provider.claims = {"sub": "s-1", "email": ours.intake.email, "email_verified": True}
    client = Client()

    client.get("/sign-in/oidc/provider/login/callback/", {"code": "c", "state": "invented"})

    assert not inside(client)
    assert "/token" not in provider.asked


def test_the_password_page_offers_no_provider_where_none_is_named(ours: Place) -> None:
    assert "oidc" not in Client().get("/sign-in/login/").content.decode()
    assert Client().post("/sign-in/oidc/provider/login/").status_code == 404


# --- Confirming there --------------------------------------------------------------------------------------------


@pytest.fixture
def asks(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 10


def administrator_inside(ours: Place, provider: Provider) -> Client:
    """Who came in through the provider and has no password here."""
    ours.administrator.set_unusable_password()
    ours.administrator.save()
    return come_through(provider, email=ours.administrator.email, email_verified=True)[0]


def deactivates(client: Client, ours: Place) -> Any:
    return client.post(f"/people/{ours.intake.pk}/deactivate/", {"reason": "left"})


def confirm_there(client: Client, provider: Provider, **claims: Any) -> Any:
    """From the page that asks to the provider and back."""
    page = client.get("/sign-in/reauthenticate/", {"next": "/go-on/"}, follow=True)
    assert page.redirect_chain[-1][0].startswith("/confirm/")
    assert "Sign in once more with County sign-in" in page.content.decode()
    away = client.post("/confirm/", {"next": "/go-on/"})
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    provider.claims = {**provider.claims, **claims}
    return client.get("/sign-in/oidc/provider/login/callback/", {"code": "c", "state": asked["state"][0]})


def test_coming_in_there_is_no_confirmation_because_it_may_have_asked_nothing(
    ours: Place, provider: Provider, asks: None
) -> None:
    client = administrator_inside(ours, provider)

    assert deactivates(client, ours)["Location"].startswith("/sign-in/reauthenticate/")
    assert User.objects.get(pk=ours.intake.pk).is_active


def test_whoever_has_no_password_confirms_at_the_provider_and_goes_on(
    ours: Place, provider: Provider, asks: None
) -> None:
    client = administrator_inside(ours, provider)
    deactivates(client, ours)

    back = confirm_there(client, provider, auth_time=int(time.time()))

    assert back["Location"] == "/go-on/"
    assert client.get("/go-on/").context["waiting"].path == f"/people/{ours.intake.pk}/deactivate/"
    assert deactivates(client, ours).status_code == 302
    assert not User.objects.get(pk=ours.intake.pk).is_active


@pytest.mark.parametrize(
    "claims",
    [
        {},  # does not say when
        {"auth_time": 0},
        {"auth_time": "now"},
        {"auth_time": int(time.time()) - 3600},  # an older session over there
        {"auth_time": 2**33, "sub": "s-2"},  # somebody else
    ],
)
def test_an_older_session_there_or_somebody_else_confirms_nothing(
    ours: Place, provider: Provider, asks: None, claims: dict[str, Any]
) -> None:
    SocialAccount.objects.create(user=ours.auditor, provider="provider", uid="s-2")
    client = administrator_inside(ours, provider)

    back = confirm_there(client, provider, **claims)

    assert back["Location"] == "/confirm/"
    assert "That did not confirm that it is you." in client.get("/confirm/").content.decode()
    assert deactivates(client, ours)["Location"].startswith("/sign-in/reauthenticate/")
    assert client.get("/").wsgi_request.user == ours.administrator
    assert AccessEntry.objects.filter(verb="refused", what__contains="does not prove").exists()


def test_a_way_there_that_was_not_for_confirming_confirms_nothing(ours: Place, provider: Provider, asks: None) -> None:
    client = administrator_inside(ours, provider)
    away = client.post("/sign-in/oidc/provider/login/?process=redirect&next=/go-on/")
    asked = parse_qs(urlsplit(away["Location"]).query)
    provider.claims["auth_time"] = int(time.time())

    client.get("/sign-in/oidc/provider/login/callback/", {"code": "c", "state": asked["state"][0]})

    assert deactivates(client, ours)["Location"].startswith("/sign-in/reauthenticate/")


def test_without_a_confirmation_there_no_factor_is_added_that_would_confirm(
    ours: Place, provider: Provider, asks: None
) -> None:
    client = administrator_inside(ours, provider)

    assert client.get("/sign-in/2fa/totp/activate/")["Location"].startswith("/confirm/")

    confirm_there(client, provider, auth_time=int(time.time()))
    assert client.get("/sign-in/2fa/totp/activate/").status_code == 200


def test_whoever_does_not_come_from_there_is_not_sent_there(ours: Place, provider: Provider) -> None:
    client = Client()
    client.force_login(ours.intake, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/confirm/")["Location"] == "/"
    assert client.post("/confirm/")["Location"] == "/"
