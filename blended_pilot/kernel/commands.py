"""The door that every command of the product goes through: one answer, three exit statuses."""

import json
import sys
from argparse import SUPPRESS
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from blended_pilot.kernel.errors import Refused, Unusable

UNUSABLE = 2
REFUSED = 3


class ProductCommand(BaseCommand):
    """Runs `perform`, prints its answer as prose or (`--json`) as one JSON object.

    Exit status 0 done; 2 input that cannot be used, the reasons on stderr; 3 refused by a rule, the reasons listed.
    """

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of prose")
        return parser

    @staticmethod
    def add_verb(verbs: Any, name: str, explanation: str) -> CommandParser:
        """One verb of a command that has several (`verbs` from `add_subparsers`); it takes --json as well."""
        parser: CommandParser = verbs.add_parser(name, help=explanation, description=explanation)
        # no default of its own: it would undo a --json that was written before the verb
        parser.add_argument(
            "--json", action="store_true", default=SUPPRESS, help="print one JSON object instead of prose"
        )
        return parser

    def perform(self, **options: Any) -> dict[str, Any]:
        """Do it; return the answer as JSON-ready values (dates and decimals become strings)."""
        raise NotImplementedError

    def prose(self, answer: dict[str, Any]) -> str:
        """The answer for a person at a terminal."""
        return "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in answer.items())

    def exit_status(self, answer: dict[str, Any]) -> int:
        """0 unless the answer itself is a failure (verify)."""
        return 0

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.perform(**options)
        except (Refused, Unusable) as error:
            status = UNUSABLE if isinstance(error, Unusable) else REFUSED
            if options["json"]:
                what = "unusable" if status == UNUSABLE else "refused"
                self.stdout.write(json.dumps({what: error.sentence, "reasons": list(error.reasons)}, default=str))
            self.stderr.write("\n".join([error.sentence, *(f"  - {reason}" for reason in error.reasons)]))
            sys.exit(status)
        self.stdout.write(json.dumps(answer, default=str) if options["json"] else self.prose(answer))
        status = self.exit_status(answer)
        if status:
            sys.exit(status)
