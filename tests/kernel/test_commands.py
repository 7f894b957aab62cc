"""One door for every command: 0 done, 2 unusable, 3 refused; reasons on stderr, one JSON object with --json."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Refused, Unusable


class Answers(ProductCommand):
    def perform(self, **options: Any) -> dict[str, Any]:
        return {"rows_read": 3, "amount": Decimal("1.50")}


class Refuses(ProductCommand):
    def perform(self, **options: Any) -> dict[str, Any]:
        raise Refused("March 2026 is not over.", ["It ends on 31 March.", "Close it in April."])


class Stumbles(ProductCommand):
    def perform(self, **options: Any) -> dict[str, Any]:
        raise Unusable("The file cannot be read.", ["Row 3: the quote is not closed."])


class Fails(Answers):
    def exit_status(self, answer: dict[str, Any]) -> int:
        return 1


def ended(command: ProductCommand, capsys: Any, *arguments: str) -> tuple[int, str, str]:
    status = 0
    try:
        call_command(command, *arguments)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    told = capsys.readouterr()
    return status, told.out, told.err


def test_an_answer_is_prose_or_one_json_object(capsys):
    assert ended(Answers(), capsys) == (0, "rows read: 3\namount: 1.50\n", "")

    status, out, err = ended(Answers(), capsys, "--json")
    assert (status, json.loads(out), err) == (0, {"rows_read": 3, "amount": "1.50"}, "")


@pytest.mark.parametrize(
    ("command", "status", "told", "answer"),
    [
        (
            Refuses,
            3,
            "March 2026 is not over.\n  - It ends on 31 March.\n  - Close it in April.\n",
            {"refused": "March 2026 is not over.", "reasons": ["It ends on 31 March.", "Close it in April."]},
        ),
        (
            Stumbles,
            2,
            "The file cannot be read.\n  - Row 3: the quote is not closed.\n",
            {"unusable": "The file cannot be read.", "reasons": ["Row 3: the quote is not closed."]},
        ),
    ],
)
def test_a_no_has_its_own_status_and_its_reasons_on_stderr(capsys, command, status, told, answer):
    assert ended(command(), capsys) == (status, "", told)

    ended_with, out, err = ended(command(), capsys, "--json")
    assert (ended_with, json.loads(out), err) == (status, answer, told)


def test_an_answer_may_itself_be_a_failure(capsys):
    assert ended(Fails(), capsys) == (1, "rows read: 3\namount: 1.50\n", "")


def test_a_defect_is_neither(capsys):
    class Breaks(ProductCommand):
        def perform(self, **options: Any) -> dict[str, Any]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call_command(Breaks())
