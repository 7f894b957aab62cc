"""manage.py person: the three verbs and their exit statuses."""

import io
import json
import sys

import pytest
from django.core.management import call_command

from accounts.models import Membership, Role, User
from tests.accounts.conftest import TODAY, Place

PASSWORD = "correct horse battery staple"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict, str]:
    """Exit status, the JSON object and what stands on stderr."""
    status = 0
    try:
        call_command("person", *arguments, "--json")
    except SystemExit as stop:
        status = int(stop.code or 0)
    told = capsys.readouterr()
    return status, json.loads(told.out), told.err


def add(capsys: pytest.CaptureFixture[str], *more: str, organisation: str) -> tuple[int, dict, str]:
    return run(
        capsys,
        "add",
        "ann@tide.example",
        "--name",
        "Ann Lee",
        "--role",
        "finance",
        "--organisation",
        organisation,
        *more,
    )


def test_a_person_is_added_with_the_password_from_standard_input(
    ours: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))

    status, answer, _ = add(capsys, "--password-stdin", organisation=ours.organisation.code)

    user = User.objects.get(email="ann@tide.example")
    assert (status, answer["result"], user.name, user.check_password(PASSWORD)) == (0, "added", "Ann Lee", True)


def test_adding_twice_is_no_change(ours: Place, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, organisation=ours.organisation.code)
    status, answer, _ = add(capsys, organisation=ours.organisation.code)

    assert (status, answer["result"], Membership.objects.filter(user__email="ann@tide.example").count()) == (
        0,
        "unchanged",
        1,
    )


def test_an_unknown_organisation_is_unusable_and_the_known_ones_are_named(
    ours: Place, theirs: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer, told = add(capsys, organisation="atlantis")

    assert status == 2
    assert answer == {
        "unusable": "There is no organisation atlantis.",
        "reasons": [f"Known organisations: {', '.join(sorted([ours.organisation.code, theirs.organisation.code]))}."],
    }
    assert "There is no organisation atlantis." in told
    assert not User.objects.filter(email="ann@tide.example").exists()


def test_without_any_contract_the_remedy_is_said(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer, _ = add(capsys, organisation="atlantis")

    assert (status, answer["reasons"]) == (
        2,
        ["No organisation is known yet: they come from contracts. Load a contract first."],
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role", "wizard"], "There is no role wizard."),
        (["--role", "finance", "--to", "2019-01-01"], "The last day of a role cannot lie before its first day."),
    ],
)
def test_a_wish_that_cannot_be_used_is_said(
    ours: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    status, _, told = run(
        capsys, "add", "ann@tide.example", "--name", "Ann", "--organisation", ours.organisation.code, *arguments
    )

    assert status in {2, 3}
    assert sentence in told
    assert not User.objects.filter(email="ann@tide.example").exists()


def test_a_role_is_given_for_a_period_changed_and_removed(ours: Place, capsys: pytest.CaptureFixture[str]) -> None:
    wish = [ours.intake.email, "--role", "finance", "--organisation", ours.organisation.code, "--reason", "cover"]

    first = run(capsys, "role", *wish, "--from", "2026-01-01", "--to", "2099-03-31")
    again = run(capsys, "role", *wish, "--from", "2026-01-01", "--to", "2099-03-31")
    held = Membership.objects.get(user=ours.intake, role=Role.FINANCE)
    period = (str(held.starts_on), str(held.ends_before))
    removed = run(capsys, "role", *wish[:-2], "--remove")  # without a reason of its own
    once_more = run(capsys, "role", *wish, "--remove")

    held.refresh_from_db()
    results = [answer["result"] for _status, answer, _told in (first, again, removed, once_more)]
    assert results == ["given", "unchanged", "removed", "unchanged"]
    assert (period, held.ends_before) == (("2026-01-01", "2099-04-01"), TODAY)


def test_an_unknown_person_is_unusable(ours: Place, capsys: pytest.CaptureFixture[str]) -> None:
    wish = ["--role", "finance", "--organisation", ours.organisation.code, "--reason", "x"]

    assert run(capsys, "role", "nobody@tide.example", *wish)[0] == 2
    assert run(capsys, "deactivate", "nobody@tide.example", "--reason", "x")[0] == 2


def test_deactivating_twice_is_no_change(ours: Place, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(capsys, "deactivate", ours.intake.email, "--reason", "left")
    again = run(capsys, "deactivate", ours.intake.email, "--reason", "left")

    assert [(status, answer["result"]) for status, answer, _ in (first, again)] == [
        (0, "deactivated"),
        (0, "unchanged"),
    ]


def test_a_closed_account_is_refused_whatever_its_roles(ours: Place, capsys: pytest.CaptureFixture[str]) -> None:
    closed = ours.administrator.email
    run(capsys, "deactivate", closed)

    status, answer, _ = run(capsys, "deactivate", ours.intake.email, "--by", closed)

    assert (status, answer["refused"]) == (3, f"{ours.administrator.name} is deactivated and cannot act.")


def test_a_person_who_may_not_is_refused(ours: Place, theirs: Place, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer, _ = add(capsys, "--by", theirs.administrator.email, organisation=ours.organisation.code)

    assert (status, answer["refused"]) == (3, "You do not manage the people of this organisation.")
