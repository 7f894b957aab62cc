"""`manage.py feed`: what it prints, where it writes, how it ends."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Role
from contracts.models import FeedRun
from eligibility.models import CoverageSpan, Member
from tests.factories.accounts import person
from tests.factories.contracts import loaded_contract, signed_contract
from tests.factories.feeds import counts

pytestmark = pytest.mark.django_db
HEADER = "member_ref,cohort,geography,from,to\n"


@pytest.fixture
def contract() -> Any:
    return signed_contract()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(HEADER.replace("to\n", "to,hat\n") + "A,adult,north,2026-01-01,,x\nB,teen,north,2026-01-01,,x\n")
    return path


def feed(*arguments: object) -> tuple[int, str, str]:
    """(exit status, standard output, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("feed", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_good_rows_are_applied_and_rejects_are_counted_with_exit_status_0(contract, file):
    status, out, _err = feed("roster", file, "--contract", "MINIMAL")

    assert status == 0
    assert out.splitlines() == [
        f"roster for MINIMAL from {file}",
        "rows read: 2",
        "rows applied: 1",
        "rows unchanged: 0",
        "rows rejected: 1",
        "columns ignored: hat",
    ]
    assert Member.objects.get().reference == "A"
    assert FeedRun.objects.get().uploaded_by.is_system


def test_json_is_one_object(contract, file):
    status, out, _err = feed("roster", file, "--contract", "MINIMAL", "--json")

    answer = json.loads(out)
    assert status == 0
    assert {key: answer[key] for key in ("rows_read", "rows_applied", "rows_unchanged", "rows_rejected")} == {
        "rows_read": 2,
        "rows_applied": 1,
        "rows_unchanged": 0,
        "rows_rejected": 1,
    }
    assert answer["ignored_columns"] == ["hat"]


@pytest.mark.parametrize("dry", [False, True])
def test_rejected_rows_are_written_in_the_files_own_columns(contract, file, tmp_path, dry):
    out = tmp_path / "rejected.csv"

    feed("roster", file, "--contract", "MINIMAL", "--rejects", out, *(["--dry-run"] if dry else []))

    assert out.read_text().splitlines() == [
        "member_ref,cohort,geography,from,to,hat,row_number,column,value,sentence",
        'B,teen,north,2026-01-01,,x,3,cohort,teen,"cohort: “teen” is not one of adult, older (MINIMAL, version 1)."',
    ]


def test_a_dry_run_counts_and_writes_nothing(contract, file):
    status, out, _err = feed("roster", file, "--contract", "MINIMAL", "--dry-run", "--json")

    answer = json.loads(out)
    assert (status, answer["rows_applied"], answer["rows_rejected"]) == (0, 1, 1)
    assert answer["changes"] == {"members_new": 1, "coverage_plan_added": 1}
    assert not FeedRun.objects.exists()
    assert not Member.objects.exists()


def test_a_mapping_file_is_applied(contract, tmp_path):
    path, mapping = tmp_path / "theirs.csv", tmp_path / "mapping.yaml"
    path.write_text("Patient,Start\nA,2026-01-01\n")
    mapping.write_text(
        "columns: {member_ref: patient, from: Start}\nconstants: {cohort: adult, geography: north}\n"
        "values:\n  member_ref: {A: no}\n"  # YAML would read a bare no as false
    )

    status, _out, _err = feed("roster", path, "--contract", "MINIMAL", "--mapping", mapping)

    assert status == 0
    assert CoverageSpan.objects.values_list("member__reference", "cohort").get() == ("no", "adult")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("member_ref,member_ref,cohort,geography,from\n", "Header “member_ref” is there more than once."),
        ("member_ref,cohort,geography\n", "Column “from” is missing."),
        ("", "The file is empty."),
    ],
)
def test_an_unusable_file_ends_with_2_its_reasons_on_stderr_and_nothing_written(contract, tmp_path, text, words):
    path = tmp_path / "roster.csv"
    path.write_text(text)

    status, out, err = feed("roster", path, "--contract", "MINIMAL")

    assert (status, out) == (2, "")
    assert words in err
    assert not FeedRun.objects.exists()


def test_unknown_kind_contract_person_file_and_mapping_end_with_2(contract, file, tmp_path):
    broken = tmp_path / "mapping.yaml"
    broken.write_text("columns: [")
    for arguments, words in (
        (("payments", file, "--contract", "MINIMAL"), "Kinds of feed: "),
        (("roster", file, "--contract", "NONE"), "no contract"),
        (("roster", file, "--contract", "MINIMAL", "--by", "nobody@example.org"), "nobody@example.org"),
        (("roster", tmp_path / "none.csv", "--contract", "MINIMAL"), "no file"),
        (("roster", tmp_path, "--contract", "MINIMAL"), "folder"),
        (("roster", file, "--contract", "MINIMAL", "--mapping", broken), "no YAML"),
        (("roster", file, "--contract", "MINIMAL", "--mapping", tmp_path / "none.yaml"), "no file"),
    ):
        status, _out, err = feed(*arguments)
        assert (status, words in err) == (2, True), err


def test_rejects_that_cannot_be_written_stop_the_feed_before_it_applies_anything(contract, file, tmp_path):
    status, _out, err = feed("roster", file, "--contract", "MINIMAL", "--rejects", tmp_path / "none" / "out.csv")

    assert (status, "cannot be written" in err) == (2, True)
    assert not Member.objects.exists()


def test_a_person_who_may_not_send_feeds_is_refused_with_3(contract, file):
    commissioner = person(Role.FINANCE, contract.commissioner)
    supervisor = person(Role.SUPERVISOR, contract.provider)

    for user in (commissioner, supervisor):
        status, _out, err = feed("roster", file, "--contract", "MINIMAL", "--by", user.email)
        assert (status, "Only the provider's staff" in err) == (3, True)
    assert not Member.objects.exists()


def test_a_person_of_the_provider_sends_in_their_own_name(contract, file):
    intake = person(Role.INTAKE, contract.provider)

    feed("roster", file, "--contract", "MINIMAL", "--by", intake.email)

    run = FeedRun.objects.get()
    assert (run.uploaded_by, counts(run)) == (intake, (2, 1, 0, 1))
    assert Member.history.get().history_user_id == intake.pk


def test_a_contract_that_nobody_signed_takes_no_feeds(file):
    loaded_contract(code="DRAFT")

    status, _out, err = feed("roster", file, "--contract", "DRAFT")

    assert (status, "no signed version" in err) == (3, True)
