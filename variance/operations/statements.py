"""Statements: issued on close, numbered, copied, hashed, and never touched again."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Sum

from accounts.models import Organisation, User
from blended_pilot.kernel.money import ZERO
from contracts.queries.terms import SignedTerms
from contracts.rules.document import ContractDocument
from variance.models import Cycle, Statement, StatementLine
from variance.operations import ledger
from variance.queries import sql
from variance.queries.statements import copied_lines
from variance.rules.statement import content_hash


def issue(*, cycle: Cycle, document: ContractDocument, signed: SignedTerms, now: datetime) -> Statement:
    """Issue the statement of a cycle that is being closed, and post its rows to the ledger.

    The caller has frozen the contract and worked the cycle out in the same transaction.
    """
    last = Statement.objects.filter(contract_id=cycle.contract_id).aggregate(last=Max("number"))["last"]
    # lines before their statement: it holds their sum and hash and is written once (the foreign key waits for commit)
    statement_id = _next_id()
    sql.run(
        "post/statement_lines",
        {
            "organisation": cycle.organisation_id,
            "cycle": cycle.pk,
            "statement": statement_id,
            "order": list(document.settlement.order),
            "places": document.settlement.rounding.places,
        },
    )
    lines = StatementLine.objects.filter(statement_id=statement_id)
    total = lines.aggregate(total=Sum("amount"))["total"] or ZERO
    heading = _heading(cycle, signed, now)
    statement = Statement.objects.create(
        pk=statement_id,
        organisation_id=cycle.organisation_id,
        contract_id=cycle.contract_id,
        cycle=cycle,
        number=(last or 0) + 1,
        issued_at=now,
        total=total,
        heading=heading,
        content_hash=content_hash(heading, total, copied_lines(statement_id)),
    )
    ledger.post(cycle=cycle, statement=statement, now=now)
    return statement


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('variance_statement', 'id'))")
        return int(cursor.fetchone()[0])


def _heading(cycle: Cycle, signed: SignedTerms, now: datetime) -> dict[str, Any]:
    """Who agreed to what, as it was."""
    contract = cycle.contract
    return {
        "contract": contract.code,
        "title": contract.title,
        "cycle": f"{cycle.month:%Y-%m}",
        "currency": contract.currency,
        "timezone": contract.timezone,
        "commissioner": _party(contract.commissioner),
        "provider": _party(contract.provider),
        "terms": [
            {"version": terms.number, "in_force_from": terms.in_force_from.isoformat(), "digest": terms.digest}
            for terms in signed.versions
        ],
        "prepared": _signature(cycle.prepared_by, cycle.prepared_organisation, cycle.prepared_at),
        "approved": _signature(cycle.approved_by, cycle.approved_organisation, cycle.approved_at),
        "both_signatures_on_one_command_line": cycle.both_on_command_line,
        "preview_digest": cycle.digest,
        "issued_at": now.isoformat(),
    }


def _party(organisation: Organisation) -> dict[str, str]:
    return {"code": organisation.code, "name": organisation.name}


def _signature(user: User | None, organisation: Organisation | None, at: datetime | None) -> dict[str, str]:
    return {
        "name": user.name if user else "",
        "organisation": organisation.name if organisation else "",
        "at": at.isoformat() if at else "",
    }
