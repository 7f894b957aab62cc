"""Prove it: the ledger is right, tied and untouched, and everything audited has its history."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from blended_pilot.kernel.commands import ProductCommand
from contracts.models import Contract
from contracts.queries import versions
from variance.queries import proofs

FAILED = 1


class Command(ProductCommand):
    help = "Print each proof with its figures; exit status 1 if one fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", nargs="?", help="one contract; else all")

    def perform(self, **options: Any) -> dict[str, Any]:
        contracts = [versions.contract(options["code"])] if options["code"] else Contract.objects.order_by("code")
        found: list[proofs.Proof] = []
        for contract in contracts:
            with transaction.atomic():
                found += proofs.of_contract(contract)
        with transaction.atomic():
            found += proofs.of_everything()
        return {
            "holds": all(proof.holds for proof in found),
            "proofs": [
                {
                    "proof": proof.code,
                    "about": proof.about,
                    "holds": proof.holds,
                    "figures": proof.figures,
                    "pending": proof.pending,
                    "faults": proof.faults,
                }
                for proof in found
            ],
        }

    def exit_status(self, answer: dict[str, Any]) -> int:
        return 0 if answer["holds"] else FAILED

    def prose(self, answer: dict[str, Any]) -> str:
        lines = []
        for proof in answer["proofs"]:
            word = _("holds") if proof["holds"] else _("FAILS")
            lines.append(f"{word}  {proof['proof']} {proof['about']}".rstrip() + f"  {_said(proof['figures'])}")
            lines += [f"         {_('pending')} {why}: {_said(figure)}" for why, figure in proof["pending"].items()]
            lines += [f"         {fault}" for fault in proof["faults"]]
        return "\n".join(lines)


def _said(figures: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {_said(value)}" if isinstance(value, dict) else f"{name} {value}" for name, value in figures.items()
    )
