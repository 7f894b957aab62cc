"""Second factors: demanded by role, sealed in the database, taken away when they are lost."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import call_command

from accounts.models import AccessEntry, Notice, Role, User
from accounts.operations import roles
from accounts.operations.tokens import create
from accounts.queries.second_factors import has_one
from blended_pilot.kernel.sealed import Unopened, seal, unseal
from tests.accounts.conftest import NOW, TODAY, Place, signed_in
from tests.accounts.test_step_up import entered
from tests.api.conftest import Program
from tests.factories.accounts import MembershipFactory, person


@pytest.fixture(autouse=True)
def a_slow_clock(settings: Any) -> None:
    """A code stays good for the rest of a test, however slow the machine."""
    settings.MFA_TOTP_TOLERANCE = 1


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def with_app(user: User) -> str:
    """Give the person an authenticator app and recovery codes; the app's secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def token_of(user: User) -> str:
    return create(actor=user, now=NOW, name="t", scope="sign", expires_at=NOW + timedelta(days=1))[1]


# --- Demanded by role ------------------------------------------------------------------------------------------------

PAGES = ["/", "/people/", "/profile/", "/profile/tokens/", "/search/?q=ab", "/members/?export=csv", "/no/such/page/"]


@pytest.mark.parametrize("roles_named", [["all"], [Role.ADMINISTRATOR]])
@pytest.mark.parametrize("path", PAGES[:-1])
def test_without_the_factor_that_the_role_demands_every_page_leads_to_adding_one(
    ours: Place, settings: Any, roles_named: list[str], path: str
) -> None:
    settings.MFA_REQUIRED_ROLES = roles_named

    answer = signed_in(ours.administrator).get(path)

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/second-factor/")


def test_a_form_of_somebody_without_the_demanded_factor_does_nothing(ours: Place, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["all"]

    signed_in(ours.administrator).post(f"/people/{ours.intake.pk}/deactivate/", {"reason": "left"})

    assert User.objects.get(pk=ours.intake.pk).is_active


def test_neither_a_token_nor_a_browser_gets_anything_from_the_interface_without_it(ours: Place, settings: Any) -> None:
    program = Program(token_of(ours.administrator))
    assert program.get("me/").status_code == 200
    settings.MFA_REQUIRED_ROLES = ["all"]

    for answer in (
        program.get("me/"),
        program.get("schema/"),
        program.post("cycles/", {}),
        signed_in(ours.administrator).get("/api/v1/me/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
        assert "second factor" in answer.json()["sentence"]
    with_app(ours.administrator)
    assert program.get("me/").status_code == 200


def test_a_role_that_is_not_named_and_somebody_without_a_role_go_on(ours: Place, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = [Role.ADMINISTRATOR]
    assert signed_in(ours.intake).get("/").status_code == 200

    MembershipFactory(user=ours.intake, organisation=ours.organisation, role=Role.ADMINISTRATOR)
    assert signed_in(ours.intake).get("/").status_code == 302


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_an_app_and_a_passkey_both_count(ours: Place, settings: Any, kind: str) -> None:
    settings.MFA_REQUIRED_ROLES = ["all"]
    Authenticator.objects.create(user=ours.intake, type=kind, data={})

    assert signed_in(ours.intake).get("/").status_code == 200


def test_recovery_codes_alone_do_not_count(ours: Place, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["all"]
    RecoveryCodes.activate(ours.intake)

    assert signed_in(ours.intake).get("/").status_code == 302


def test_somebody_signs_in_adds_an_app_and_is_where_they_wanted_to_be(ours: Place, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["all"]
    settings.STEP_UP_MINUTES = 10
    client = entered(ours.administrator)

    led = client.get("/people/")
    assert led["Location"] == "/second-factor/?next=%2Fpeople%2F"
    page = client.get(led["Location"])
    assert b"Use an authenticator app" in page.content
    assert b"/sign-in/2fa/webauthn/add/" in page.content
    form = client.get("/sign-in/2fa/totp/activate/")
    assert form.status_code == 200
    secret = client.session["mfa.totp.secret"]
    activated = client.post("/sign-in/2fa/totp/activate/", {"code": code_of(secret)})
    assert (activated.status_code, activated["Location"]) == (302, "/sign-in/2fa/recovery-codes/")
    assert client.get(activated["Location"]).status_code == 200
    assert client.get(led["Location"])["Location"] == "/people/"
    assert client.get("/people/").status_code == 200


def test_the_last_demanded_factor_is_not_taken_away_by_its_owner(ours: Place, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 10
    client = entered(ours.intake)
    with_app(ours.intake)
    settings.MFA_REQUIRED_ROLES = ["all"]

    refused = client.post("/sign-in/2fa/totp/deactivate/")
    assert b"cannot deactivate" in refused.content
    assert has_one(ours.intake.pk)

    settings.MFA_REQUIRED_ROLES = []
    assert client.post("/sign-in/2fa/totp/deactivate/").status_code == 302
    assert not has_one(ours.intake.pk)


def test_with_a_factor_the_password_alone_does_not_sign_in_and_codes_are_not_guessed(ours: Place) -> None:
    secret = with_app(ours.intake)
    client = entered(ours.intake)
    assert "_auth_user_id" not in client.session

    wrong = "000000" if code_of(secret) != "000000" else "111111"
    for _attempt in range(10):
        assert client.post("/sign-in/2fa/authenticate/", {"code": wrong}).status_code == 200
    refused = client.post("/sign-in/2fa/authenticate/", {"code": code_of(secret)})
    assert refused.status_code == 200
    assert b"Too many failed" in refused.content
    assert "_auth_user_id" not in client.session


def test_a_code_signs_in_once_and_so_does_a_recovery_code(ours: Place) -> None:
    secret = with_app(ours.intake)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    for code in (code_of(secret), codes[0]):
        client = entered(ours.intake)
        assert client.post("/sign-in/2fa/authenticate/", {"code": code}).status_code == 302
        assert client.get("/").status_code == 200
        again = entered(ours.intake)
        assert again.post("/sign-in/2fa/authenticate/", {"code": code}).status_code == 200
        assert again.get("/").status_code == 302


@pytest.mark.parametrize("kind", ["person", "deputy"])
def test_a_deputy_needs_what_the_role_needs(ours: Place, settings: Any, kind: str) -> None:
    settings.MFA_REQUIRED_ROLES = [Role.INTAKE]
    somebody = person(Role.QUALITY, ours.organisation)
    if kind == "deputy":
        roles.name_deputy(
            actor=ours.administrator,
            now=NOW,
            membership_id=ours.intake.memberships.get().pk,
            user_id=somebody.pk,
            starts_on=TODAY,
            ends_before=TODAY + timedelta(days=9),
            reason="leave",
        )
    assert signed_in(somebody).get("/").status_code == (302 if kind == "deputy" else 200)


# --- At rest ---------------------------------------------------------------------------------------------------------


def test_secrets_of_factors_are_sealed_in_the_database(ours: Place) -> None:
    secret = with_app(ours.intake)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes"))

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    assert (
        unseal(Authenticator.objects.get(type="totp").data["secret"], ["one-key-of-the-test-suite-0123456789"])
        == secret
    )
    assert len(unseal(codes.instance.data["seed"], ["one-key-of-the-test-suite-0123456789"])) == 80
    assert not any(code in kept for code in codes.get_unused_codes())


def test_keys_are_changed_without_anybody_losing_a_factor(ours: Place, settings: Any, capsys: Any) -> None:
    secret = with_app(ours.intake)
    old, new = settings.MFA_ENCRYPTION_KEYS[0], "a-newer-key-of-the-test-suite-98765"

    settings.MFA_ENCRYPTION_KEYS = [new, old]
    app = TOTP(Authenticator.objects.get(type="totp"))
    assert app.validate_code(code_of(secret))
    call_command("second_factors", "reseal")
    assert "2 secrets" in capsys.readouterr().out

    settings.MFA_ENCRYPTION_KEYS = [new]
    assert unseal(Authenticator.objects.get(type="totp").data["secret"], [new]) == secret
    with pytest.raises(Unopened):
        unseal(Authenticator.objects.get(type="totp").data["secret"], [old])


def test_a_key_that_is_missing_changes_nothing(ours: Place, settings: Any) -> None:
    with_app(ours.intake)
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    settings.MFA_ENCRYPTION_KEYS = ["another-key-0123456789-0123456789"]

    with pytest.raises(SystemExit) as ended:
        call_command("second_factors", "reseal")

    assert ended.value.code == 2
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


def test_what_is_sealed_does_not_open_when_it_was_changed() -> None:
    sealed = seal("secret", ["k" * 40])
    assert sealed != seal("secret", ["k" * 40])
    with pytest.raises(Unopened):
        unseal(sealed[:-4] + "AAA=", ["k" * 40])


# --- A factor that is lost -------------------------------------------------------------------------------------------


def test_an_administrator_takes_a_lost_factor_away_with_a_reason_and_the_person_is_told(ours: Place) -> None:
    with_app(ours.intake)
    browser = signed_in(ours.intake)
    client = signed_in(ours.administrator)
    assert b"Take away" in client.get(f"/people/{ours.intake.pk}/").content

    answer = client.post(f"/people/{ours.intake.pk}/second-factor/", {"reason": "lost her phone"}, follow=True)

    assert b"The second factor is taken away, and the person has been told." in answer.content
    assert b"lost her phone" in answer.content  # in the history of the person
    assert not Authenticator.objects.filter(user=ours.intake).exists()
    assert browser.get("/").status_code == 302
    assert Notice.objects.get(user=ours.intake).sentence.startswith("Tidewater administrator took away")
    assert AccessEntry.objects.get(verb="role").reason == "lost her phone"


def test_nobody_takes_away_their_own_factor_or_that_of_strangers(ours: Place, theirs: Place) -> None:
    with_app(ours.administrator)
    with_app(theirs.intake)
    client = signed_in(ours.administrator)

    assert client.post(f"/people/{ours.administrator.pk}/second-factor/", {"reason": "x"}).status_code == 409
    assert client.post(f"/people/{theirs.intake.pk}/second-factor/", {"reason": "x"}).status_code == 404
    assert Authenticator.objects.filter(type="totp").count() == 2


def test_the_list_of_people_says_who_has_a_factor(ours: Place) -> None:
    with_app(ours.intake)

    rows = signed_in(ours.administrator).get("/people/?export=csv")

    lines = b"".join(rows.streaming_content).decode().splitlines()
    assert {line.split(",")[0]: line.split(",")[-2] for line in lines[1:]} == {
        "Tidewater administrator": "Off",
        "Tidewater auditor": "Off",
        "Tidewater intake": "On",
    }
