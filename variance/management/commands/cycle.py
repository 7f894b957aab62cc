"""Run a monthly cycle from the command line."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries.people import person, system_user
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.periods import each_month
from contracts.models import Contract
from contracts.queries import versions
from variance.models import Cycle, CycleStatus, Statement
from variance.operations import cycles
from variance.queries import lookup
from variance.queries.cycles import exceptions_of, lacking, report_now
from variance.rules.statement import plain

LISTED = 1000  # exceptions that status names; the pages and the API page through all of them


class TwoSignaturesNotAllowed(Refused):
    """Here the two sides sign in the product, each for itself."""


class Command(ProductCommand):
    help = "Open, calculate, look at and close the monthly cycles of a contract."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="open|calculate|status|close|run")
        for name, explanation in (
            ("open", "open the cycle of the next month"),
            ("calculate", "work out what closing the month would post"),
            ("status", "list every gate and what is missing"),
            ("close", "sign for both sides, post the preview and issue the statement"),
        ):
            verb = self.add_verb(verbs, name, explanation)
            verb.add_argument("code")
            verb.add_argument("month", metavar="YYYY-MM")
            if name == "close":
                self._add_signers(verb)
            elif name != "status":
                verb.add_argument("--by", metavar="USER", help="e-mail address of the person; else the system")
        running = self.add_verb(verbs, "run", "open, calculate and close month after month, up to the first refusal")
        running.add_argument("code")
        running.add_argument("--from", required=True, dest="first", metavar="YYYY-MM")
        running.add_argument("--to", required=True, dest="last", metavar="YYYY-MM")
        self._add_signers(running)

    def _add_signers(self, verb: CommandParser) -> None:
        verb.add_argument("--prepared-by", required=True, metavar="USER", help="who signs for the side that prepares")
        verb.add_argument("--approved-by", required=True, metavar="USER", help="who signs for the other side")

    def perform(self, **options: Any) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        return getattr(self, f"_{options['verb']}")(contract, options)

    def _open(self, contract: Contract, options: dict[str, Any]) -> dict[str, Any]:
        cycle = cycles.open_cycle(
            contract_id=contract.pk, month=lookup.month(options["month"]), actor=_actor(options), now=timezone.now()
        )
        return _described("open", contract, cycle)

    def _calculate(self, contract: Contract, options: dict[str, Any]) -> dict[str, Any]:
        cycle = lookup.cycle(contract, lookup.month(options["month"]))
        calculated = cycles.calculate(cycle_id=cycle.pk, actor=_actor(options), now=timezone.now())
        return _described("calculate", contract, calculated)

    def _status(self, contract: Contract, options: dict[str, Any]) -> dict[str, Any]:
        cycle = lookup.cycle(contract, lookup.month(options["month"]))
        found = report_now(cycle, versions.local_today(contract, timezone.now()))
        return {
            **_described("status", contract, cycle),
            "closes_from": found.closes_from,
            "gates": [
                {
                    "gate": gate.code,
                    "service_month": f"{gate.service_month:%Y-%m}",
                    "holds": gate.holds,
                    "passed": gate.passed,
                    "missing": gate.missing,
                    "sentence": gate.sentence,
                    "examples": examples,
                }
                for gate, examples in zip(found.gates, lacking(found.gates), strict=True)
            ],
            "missing": found.missing,
            "exceptions": exceptions_of(cycle, LISTED),
        }

    def _close(self, contract: Contract, options: dict[str, Any]) -> dict[str, Any]:
        prepared_by, approved_by = _signers(options)
        cycle = lookup.cycle(contract, lookup.month(options["month"]))
        return _closed("close", contract, _close(cycle, prepared_by, approved_by))

    def _run(self, contract: Contract, options: dict[str, Any]) -> dict[str, Any]:
        prepared_by, approved_by = _signers(options)
        first, last = lookup.month(options["first"]), lookup.month(options["last"])
        if last < first:
            raise Unusable(_("The last month lies before the first."))
        done: list[dict[str, Any]] = []
        for month in each_month(first, last):
            try:
                done.append(_closed("close", contract, _one_month(contract, month, prepared_by, approved_by)))
            except Refused as refusal:
                closed = [_("Closed before that: %(month)s.") % {"month": answer["cycle"]} for answer in done[-1:]]
                raise Refused(refusal.sentence, [*refusal.reasons, *closed]) from refusal
        return {"verb": "run", "contract": contract.code, "months": done}

    def prose(self, answer: dict[str, Any]) -> str:
        if answer["verb"] == "run":
            return "\n".join(self.prose(month) for month in answer["months"])
        if answer["verb"] == "close":
            return (
                _("%(contract)s %(cycle)s is closed: statement %(statement_no)s, %(lines)s lines, %(total)s.") % answer
            )
        lines = [_("%(contract)s %(cycle)s is %(status)s.") % answer]
        for kind, about in answer["figures"].items():
            lines += [f"  {kind} {name}: {found['number']}, {found['amount']}" for name, found in about.items()]
        if answer["verb"] == "status":
            lines += ["", _("Gates")]
            for gate in answer["gates"]:
                lines += [f"  {gate['sentence']}", *(f"    {example}" for example in gate["examples"])]
            lines += ["", _("Exceptions"), *(_exception(row) for row in answer["exceptions"])]
            lines += ["", _("Missing"), *(f"  {sentence}" for sentence in answer["missing"] or [_("nothing")])]
        return "\n".join(lines)


def _exception(row: dict[str, Any]) -> str:
    """One line: what it is, whose, and what was at stake."""
    about = (row[key] for key in ("service_month", "component", "member_ref", "activity_ref", "level", "service"))
    return f"  {row['code']} {' '.join(value for value in about if value)}: {row['quantity']}, {row['amount']}"


def _actor(options: dict[str, Any]) -> User:
    return person(options["by"]) if options["by"] else system_user()


def _signers(options: dict[str, Any]) -> tuple[User, User]:
    """Raises TwoSignaturesNotAllowed, Unusable."""
    if not settings.ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE:
        raise TwoSignaturesNotAllowed(
            _("Here both signatures are not taken from one command line: each side signs in the product."),
            [_("Set ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE to allow it.")],
        )
    return person(options["prepared_by"]), person(options["approved_by"])


def _one_month(contract: Contract, month: date, prepared_by: User, approved_by: User) -> Statement:
    """A month that was opened before goes on from where it stands."""
    cycle = Cycle.objects.filter(contract=contract, month=month).exclude(status=CycleStatus.CLOSED).first()
    if cycle is None:
        cycle = cycles.open_cycle(contract_id=contract.pk, month=month, actor=system_user(), now=timezone.now())
    cycles.calculate(cycle_id=cycle.pk, actor=system_user(), now=timezone.now())
    return _close(cycle, prepared_by, approved_by)


def _close(cycle: Cycle, prepared_by: User, approved_by: User) -> Statement:
    return cycles.close_with_two_signatures(
        cycle_id=cycle.pk, prepared_by=prepared_by, approved_by=approved_by, now=timezone.now()
    )


def _described(verb: str, contract: Contract, cycle: Cycle) -> dict[str, Any]:
    return {
        "verb": verb,
        "contract": contract.code,
        "cycle": f"{cycle.month:%Y-%m}",
        "status": cycle.status,
        "digest": cycle.digest,
        "figures": cycle.figures,
    }


def _closed(verb: str, contract: Contract, statement: Statement) -> dict[str, Any]:
    return {
        "verb": verb,
        "contract": contract.code,
        "cycle": f"{statement.cycle.month:%Y-%m}",
        "status": CycleStatus.CLOSED,
        "statement_no": statement.number,
        "lines": statement.lines.count(),
        "total": plain(statement.total, 2),
        "content_hash": statement.content_hash,
    }
