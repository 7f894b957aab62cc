"""What every story uses: commands as an operator types them, a signed contract, a closed month, its files."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from blended_pilot.jobs import doorbell, operations

PREPARER, APPROVER = "finance@carers.example", "finance@county.example"

Row = dict[str, str]


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, working on one contract with a folder of files."""

    contract: str
    folder: Path

    def run(self, command: str, *arguments: str) -> dict[str, Any]:
        """The command's JSON answer."""
        out = io.StringIO()
        call_command(command, *arguments, "--json", stdout=out)
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    def sign(self, document: str) -> None:
        """Load the document as the contract's first version and sign it for both parties."""
        path = self.folder / "contract.yaml"
        path.write_text(document)
        self.run("contract", "load", str(path))
        for email, organisation in ((PREPARER, "carers"), (APPROVER, "county")):
            self.run("person", "add", email, "--name", email, "--role", "finance", "--organisation", organisation)
            self.run("contract", "sign", self.contract, "--version", "1", "--by", email)

    def send(self, kind: str, text: str) -> dict[str, Any]:
        """Feed a file; the command's answer."""
        path = self.folder / f"{kind}.csv"
        path.write_text(text)
        return self.run("feed", kind, str(path), "--contract", self.contract)

    def close(self, month: str, last: str = "") -> None:
        """Open, calculate and close a month, or every month up to `last`."""
        months = ("--from", month, "--to", last or month)
        self.run("cycle", "run", self.contract, *months, "--prepared-by", PREPARER, "--approved-by", APPROVER)

    def statement(self, month: str) -> list[Row]:
        return self._exported("statement", self.contract, month, "--format", "csv")

    def ledger(self, *arguments: str) -> list[Row]:
        return self._exported("ledger", self.contract, *arguments)

    def _exported(self, command: str, *arguments: str) -> list[Row]:
        path = self.folder / "export.csv"
        call_command(command, *arguments, "--out", str(path), stdout=io.StringIO())
        with path.open(newline="") as lines:
            return list(csv.DictReader(lines))


@pytest.fixture
def operator_of(tmp_path: Path) -> Callable[[str], Operator]:
    """`operator_of("CODE")`: an operator working on that contract."""
    return lambda contract: Operator(contract, tmp_path)


@pytest.fixture
def work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is done when its bell rings, before the page answers."""
    monkeypatch.setattr(doorbell, "ring", lambda job_id: operations.run(job_id=job_id, clock=timezone.now))
