"""Both import graphs hold, and each contract breaks when something is planted that it forbids."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


def judged(where: Path) -> str:
    """What import-linter says of the packages in `where`."""
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where)},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{ended.stdout}\n{ended.stderr}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", where)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, where / package, ignore=shutil.ignore_patterns("__pycache__"))
    return where


def test_every_contract_is_kept():
    answer = judged(ROOT)
    assert " 0 broken" in answer, answer


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("contracts/queries/__init__.py", "import variance.models", "A stage may read earlier stages"),
        ("blended_pilot/kernel/money.py", "import accounts.permissions", "A stage may read earlier stages"),
        ("blended_pilot/jobs/operations.py", "import accounts.permissions", "A stage may read earlier stages"),
        ("blended_pilot/utils.py", "", "The assembly holds nothing but"),
        ("eligibility/services.py", "", "Inside an app"),
        ("eligibility/querysets.py", "import eligibility.operations.coverage", "Inside an app"),
        ("contracts/queries/__init__.py", "import contracts.operations.facts", "Inside an app"),
        ("accounts/permissions.py", "import accounts.views.profile", "Inside accounts"),
        ("blended_pilot/jobs/models.py", "import blended_pilot.jobs.tasks", "Inside jobs"),
        ("contracts/rules/reading.py", "import django.db", "Rules and kernel arithmetic"),
        ("variance/lifecycle.py", "import django.db", "Rules and kernel arithmetic"),
        ("blended_pilot/kernel/bands.py", "import celery", "Rules and kernel arithmetic"),
        ("variance/operations/preview.py", "import variance.operations.ledger", "Only cycle and statement operations"),
        ("variance/tasks.py", "from variance.operations import ledger", "Only cycle and statement operations"),
    ],
)
def test_a_planted_import_breaks_its_contract(copy, file, line, broken):
    planted = copy / file
    before = planted.read_text() if planted.exists() else None
    planted.write_text(f"{before or ''}\n{line}\n")
    try:
        answer = judged(copy)
    finally:
        if before is None:
            planted.unlink()
        else:
            planted.write_text(before)

    verdicts = re.findall(r"(.*?) (KEPT|BROKEN)", " ".join(answer.split()))
    assert [verdict for contract, verdict in verdicts if broken in contract] == ["BROKEN"], answer
