import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Role
from contracts.models import Contract, ContractVersion
from tests.factories.accounts import person
from tests.factories.contracts import document, loaded_contract, signatory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def run(*arguments: object) -> tuple[int, str, str]:
    """(exit status, standard output, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("contract", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document(attachments=[{"title": "Model", "file": "model.xlsx"}])))
    return path


def test_load_keeps_a_draft_and_reports_what_is_missing(file: Path) -> None:
    status, out, _ = run("load", file, "--json")
    answer = json.loads(out)
    assert status == 0
    assert {key: answer[key] for key in ("contract", "version", "effect", "status", "missing_attachments")} == {
        "contract": "MINIMAL",
        "version": 1,
        "effect": "created",
        "status": "draft",
        "missing_attachments": ["model.xlsx"],
    }
    assert "Not uploaded yet: model.xlsx." in run("load", file)[1]


def test_load_attaches_files_by_name(file: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.xlsx"
    model.write_bytes(b"x")
    assert json.loads(run("load", file, "--attach", model, "--json")[1])["missing_attachments"] == []


def test_load_reads_yaml(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("# comment\n" + json.dumps(document()))
    assert run("load", path)[0] == 0


def test_a_faulty_document_is_exit_2_with_every_fault_on_stderr(tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document(currency="X", timezone="Y")))
    status, out, err = run("load", path)
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "The contract document cannot be used.",
        "  - currency: 'X' is not a currency code such as USD or EUR",
        "  - timezone: 'Y' is not a timezone such as America/New_York",
    ]
    assert not Contract.objects.exists()
    assert json.loads(run("load", path, "--json")[1])["reasons"][0].startswith("currency:")


@pytest.mark.parametrize(
    "arguments",
    [
        ("load", "/nowhere/contract.yaml"),
        ("show", "NONE"),
        ("sign", "NONE", "--version", 1, "--by", "a@example.org"),
        ("sign", "MINIMAL", "--version", 9, "--by", "a@example.org"),
        ("sign", "MINIMAL", "--version", 1, "--by", "nobody@example.org"),
        ("show", "MINIMAL", "--diff", 1, 2),
    ],
)
def test_what_does_not_exist_is_exit_2(arguments: tuple[object, ...]) -> None:
    loaded_contract()
    assert run(*arguments)[0] == 2


def test_two_parties_sign() -> None:
    contract = loaded_contract()
    answers = [
        json.loads(run("sign", "MINIMAL", "--version", 1, "--by", signatory(party).email, "--json")[1])
        for party in (contract.commissioner, contract.provider)
    ]
    assert [(answer["party"], answer["status"]) for answer in answers] == [
        ("commissioner", "draft"),
        ("provider", "signed"),
    ]


def test_signing_without_the_role_is_exit_3() -> None:
    contract = loaded_contract()
    status, _, err = run("sign", "MINIMAL", "--version", 1, "--by", person(Role.INTAKE, contract.provider).email)
    assert (status, err.strip()) == (3, "Signing needs the finance or commissioner role at one of the two parties.")
    assert ContractVersion.objects.get().signatures.count() == 0


def test_terms_that_cannot_be_computed_are_exit_3_and_named() -> None:
    settlement = document()["settlement"] | {"order": ["baseline", "activity", "corridor"]}
    contract = loaded_contract(settlement=settlement)
    status, _, err = run("sign", "MINIMAL", "--version", 1, "--by", signatory(contract.provider).email)
    assert status == 3
    assert "  - settlement.order[2]: the component 'corridor' cannot be worked out yet" in err.splitlines()


def test_align_prints_its_working() -> None:
    staffing = [{"role": "nurse", "funded_wte": 2, "minimum_safe_wte": 1, "cost_per_wte": "100.00"}]
    baseline = document()["baseline"] | {"staffing": staffing, "lowest_planned_members": 10}
    contract = loaded_contract(baseline=baseline)
    status, out, _ = run("align", "MINIMAL", "--version", 1, "--by", signatory(contract.provider).email)
    assert status == 0
    assert "At 10 members it takes 10 per member and month; the dearest rate is 400." in out


def test_align_without_staffing_is_exit_3() -> None:
    contract = loaded_contract()
    assert run("align", "MINIMAL", "--version", 1, "--by", signatory(contract.provider).email)[0] == 3


def test_show_tells_versions_and_terms_and_diff_the_changes() -> None:
    loaded_contract()
    loaded_contract(version=2, in_force_from="2026-04-01", title="Next")
    answer = json.loads(run("show", "MINIMAL", "--json")[1])
    assert [(line["version"], line["state"]) for line in answer["versions"]] == [(2, "draft"), (1, "draft")]
    assert list(answer["terms"])[:3] == ["schema", "code", "title"]
    assert run("show", "MINIMAL", "--diff", 1, 2)[1].splitlines() == [
        "title: Minimal agreement became Next",
        "version: 1 became 2",
        "in_force_from: 2026-01-01 became 2026-04-01",
    ]
