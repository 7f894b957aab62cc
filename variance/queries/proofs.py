"""The proofs that `verify` prints: the money is right, nothing was touched, everything has its history.

They run in one transaction of the caller's and change nothing but temporary tables.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from authorizations.queries.proofs import register_proof
from blended_pilot.kernel.audit import append_only_models, audited_models, history_gaps
from blended_pilot.kernel.periods import add_months
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from variance.models import Cycle, CycleStatus, Statement
from variance.queries import calculation, sql
from variance.queries.statements import hash_of
from variance.rules.statement import plain
from variance.rules.terms import first_month

FIRST_FEW = 20
SETTLED = {"owed", "posted", "unexplained"}


@dataclass(frozen=True)
class Proof:
    """One thing shown: `faults` are sentences and empty when it holds; `pending` is explained and no fault."""

    code: str
    about: str
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    pending: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.faults


def of_contract(contract: Contract) -> list[Proof]:
    return [
        _cycles_in_order(contract),
        *_recomputed(contract),
        _ledger_ties(contract),
        _entries_numbered(contract),
        _statements_untouched(contract),
        _register_unbroken(contract),
    ]


def of_everything() -> list[Proof]:
    """What does not belong to one contract: true history, and guards that stand."""
    return [_history_true(), _guards_stand()]


def _cycles_in_order(contract: Contract) -> Proof:
    months = list(Cycle.objects.filter(contract=contract).order_by("month").values_list("month", flat=True))
    signed = signed_terms(contract.pk)
    faults = []
    if months and signed and months[0] != first_month(signed.versions):
        faults.append(_("The first cycle is %(month)s.") % {"month": f"{months[0]:%Y-%m}"})
    faults += [
        _("%(month)s has no cycle.") % {"month": f"{add_months(here, 1):%Y-%m}"}
        for here, following in pairwise(months)
        if following != add_months(here, 1)
    ]
    closed = Cycle.objects.filter(contract=contract, status=CycleStatus.CLOSED)
    faults += [
        _("%(month)s is closed without a statement.") % {"month": f"{month:%Y-%m}"}
        for month in closed.filter(statement=None).values_list("month", flat=True)
    ]
    return Proof("cycles_in_order", contract.code, {"cycles": len(months), "closed": closed.count()}, faults)


def _recomputed(contract: Contract) -> list[Proof]:
    last = calculation.last_close(contract.pk)
    if last is None:
        return [Proof("recomputation_owes_nothing", contract.code, {"closed": 0})]
    calculation.work_out(
        contract=contract,
        month=last.month,
        signed=signed_terms(contract.pk),
        signed_late=calculation.signed_since(contract.pk, last),
        last=last,
    )
    values = {"contract": contract.pk, "frozen_at": last.frozen_at}
    found = {row["why"]: _figure(row) for row in sql.rows("proofs/recomputed", values)}
    unexplained = found.get("unexplained")
    faults = []
    left = Decimal(found["owed"]["amount"]) - Decimal(found["posted"]["amount"])
    differences = sum(Decimal(figure["amount"]) for why, figure in found.items() if why not in {"owed", "posted"})
    if left != differences:
        # keys that were never adjusted are compared one to one, which would pass over an entry that stands there twice
        faults.append(
            _("Owed less posted is %(left)s, but the differences come to %(differences)s.")
            % {"left": plain(left, 2), "differences": plain(Decimal(differences), 2)}
        )
    if unexplained:
        faults.append(_("Recomputing owes %(amount)s in %(rows)s rows that nothing explains.") % unexplained)
    judged = sql.rows("proofs/outcomes", values)[0]["unexplained"]
    return [
        Proof(
            "recomputation_owes_nothing",
            contract.code,
            {"owed": found["owed"], "posted": found["posted"]},
            faults,
            {why: figure for why, figure in found.items() if why not in SETTLED},
        ),
        Proof(
            "outcomes_stand",
            contract.code,
            {"unexplained": judged},
            [_("%(number)s records would be judged otherwise, and nothing explains it.") % {"number": judged}]
            if judged
            else [],
        ),
    ]


def _figure(row: dict[str, Any]) -> dict[str, Any]:
    return {"rows": row["rows"], "amount": plain(Decimal(row["amount"]), 2)}


def _ledger_ties(contract: Contract) -> Proof:
    values = {"contract": contract.pk}
    faults = [
        _("Statement %(number)s, line %(position)s is not the sum of its ledger entries.") % row
        for row in sql.rows("proofs/untied_lines", values)[:FIRST_FEW]
    ]
    faults += [
        _("Ledger entry %(entry_no)s stands on no statement.") % row
        for row in sql.rows("proofs/stray_entries", values)[:FIRST_FEW]
    ]
    statements = Statement.objects.filter(contract=contract)
    return Proof("ledger_ties_to_statements", contract.code, {"statements": statements.count()}, faults)


def _entries_numbered(contract: Contract) -> Proof:
    figures = sql.rows("proofs/entry_numbers", {"contract": contract.pk})[0]
    faults = []
    if figures["first"] != 1 or figures["entries"] != figures["last"]:
        faults.append(_("Entry numbers run from %(first)s to %(last)s, but there are %(entries)s.") % figures)
    return Proof("entries_numbered_without_gap", contract.code, figures, faults)


def _statements_untouched(contract: Contract) -> Proof:
    faults = []
    statements = list(Statement.objects.filter(contract=contract).order_by("number"))
    for position, statement in enumerate(statements, start=1):
        if statement.number != position:
            faults.append(_("Statement %(number)s is missing.") % {"number": position})
            break
    for statement in statements:
        if hash_of(statement) != statement.content_hash:
            faults.append(_("Statement %(number)s is not what was issued.") % {"number": statement.number})
    return Proof("statements_as_issued", contract.code, {"statements": len(statements)}, faults)


def _register_unbroken(contract: Contract) -> Proof:
    found = register_proof(contract)
    head = {"seal": found.head.number, "digest": found.head.digest} if found.head else {}
    return Proof(
        "register_unbroken",
        contract.code,
        {"entries": found.entries, "sealed": found.sealed, "seals": found.seals, **({"head": head} if head else {})},
        list(found.faults),
        {"not sealed yet": {"entries": found.waiting}} if found.waiting else {},
    )


def _history_true() -> Proof:
    faults, rows = [], 0
    for model in audited_models():
        gaps = history_gaps(model)
        rows += gaps.rows
        if gaps:
            faults.append(
                _("%(model)s: %(rows)s rows are not what their history says, %(ghosts)s are gone without a trace.")
                % {"model": model._meta.label, "rows": len(gaps.unrecorded), "ghosts": len(gaps.ghosts)}
            )
    return Proof("history_is_true", "", {"rows": rows}, faults)


def _guards_stand() -> Proof:
    expected = {
        (model._meta.db_table, trigger.get_pgid(model))
        for model in {*append_only_models(), *audited_models()}
        for trigger in getattr(model._meta, "triggers", [])
    }
    standing = {
        (row["table"], row["name"])
        for row in sql.rows("proofs/guards", {"tables": sorted({table for table, _name in expected})})
        if row["enabled"]
    }
    faults = [
        _("%(table)s is not guarded: %(name)s is missing or off.") % {"table": table, "name": name}
        for table, name in sorted(expected - standing)
    ]
    return Proof("guards_stand", "", {"guards": len(expected)}, faults)
