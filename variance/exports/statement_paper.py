"""The statement as a paper to sign off and file: its totals, its lines, what it leaves out, and what proves it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from blended_pilot.kernel.papers import Block, Facts, Heading, Paper, Paragraph, Table, pdf
from blended_pilot.kernel.templatetags import kit
from variance.models import Component, ExceptionCode, LineKind, OutcomeCode, Reason, Statement, StatementLine
from variance.models.choices import ACCEPTED
from variance.queries import pages
from variance.queries.statements import SHOWN_PLACES, lines_of


def statement_pdf(statement: Statement) -> bytes:
    """The issued statement. It names no member, so every reader gets the same bytes."""
    return pdf(statement_paper(statement), made_at=statement.issued_at)


def statement_paper(statement: Statement) -> Paper:
    heading = statement.heading
    month = kit.month_text(statement.cycle.month)
    return Paper(
        title=_("Statement %(number)s, %(month)s") % {"number": statement.number, "month": month},
        subtitle=f"{heading['title']} ({heading['contract']})",
        author=heading["provider"]["name"],
        footer=_("%(contract)s, statement %(number)s. Content hash (SHA-256): %(hash)s")
        % {"contract": heading["contract"], "number": statement.number, "hash": statement.content_hash},
        wide=True,
        blocks=[
            Facts(
                [
                    (_("From"), heading["provider"]["name"]),
                    (_("To"), heading["commissioner"]["name"]),
                    (_("Total"), _money(statement.total, heading)),
                    (_("Issued"), _moment(heading["issued_at"], heading)),
                    (_("Terms"), _terms(heading)),
                ]
            ),
            *_components(statement),
            *_lines(statement),
            *_left_out(statement),
            *_proof(statement),
        ],
    )


def _components(statement: Statement) -> Iterator[Block]:
    heading, figures = statement.heading, pages.statement_components(statement)
    if not figures:
        yield Paragraph(_("Nothing is posted in this month."))
        return
    yield Heading(_("By component"))
    yield Table(
        header=[_("Component"), _("This month"), _("Adjustments"), _("Total")],
        rows=[
            [
                str(figure.label),
                _money(figure.current, heading),
                _money(figure.adjustment, heading),
                _money(figure.total, heading),
            ]
            for figure in figures
        ],
        figures=[1, 2, 3],
        total=[
            _("Total"),
            _money(sum(figure.current for figure in figures), heading),
            _money(sum(figure.adjustment for figure in figures), heading),
            _money(statement.total, heading),
        ],
    )


def _lines(statement: Statement) -> Iterator[Block]:
    lines: Iterable[StatementLine] = lines_of(statement.pk).iterator()
    for component, group in groupby(lines, key=lambda line: line.component):
        of_component = list(group)
        yield Heading(_("%(component)s: lines") % {"component": Component(component).label})
        yield Table(
            header=[
                _("Service month"),
                _("Level"),
                _("Cohort"),
                _("Geography"),
                _("Service"),
                _("Quantity"),
                _("Rate"),
                _("Amount"),
                _("Why it is adjusted"),
            ],
            rows=[_line(line, statement.heading) for line in of_component],
            figures=[5, 6, 7],
            widest=8,
            total=[
                _("Total"),
                *[""] * 6,
                _money(sum(line.amount for line in of_component), statement.heading),
                "",
            ],
        )


def _line(line: StatementLine, heading: Mapping[str, Any]) -> list[str]:
    return [
        f"{line.service_month:%Y-%m}",
        line.level,
        line.cohort,
        line.geography,
        line.service,
        kit.quantity(line.quantity.quantize(Decimal(1).scaleb(-SHOWN_PLACES))),
        _("as billed") if line.rate is None and line.component == Component.ACTIVITY else kit.quantity(line.rate, 2),
        _money(line.amount, heading),
        str(Reason(line.reason).label) if line.line_kind == LineKind.ADJUSTMENT else "",
    ]


def _left_out(statement: Statement) -> Iterator[Block]:
    """What the calculation behind the statement found and did not post."""
    figures, heading = statement.cycle.figures, statement.heading
    rows = [
        [
            _("Held by a gate: %(component)s, %(month)s")
            % {
                "component": Component(about.partition(".")[0]).label,
                "month": kit.month_text(date.fromisoformat(f"{about.partition('.')[2]}-01")),
            },
            *_figure(figure, heading),
        ]
        for about, figure in figures.get("held", {}).items()
    ]
    rows += [
        [str(ExceptionCode(code).label), *_figure(figure, heading)]
        for code, figure in figures.get("exceptions", {}).items()
    ]
    rows += [
        [_("Work not paid: %(why)s") % {"why": OutcomeCode(code).label}, *_figure(figure, heading)]
        for code, figure in figures.get("outcomes", {}).items()
        if code not in ACCEPTED
    ]
    yield Heading(_("What the total leaves out"))
    if rows:
        yield Paragraph(
            _("As found when this month was closed, for every service month so far. The cycle's page opens each row.")
        )
        yield Table(header=[_("What"), _("Rows"), _("Amount at stake")], rows=rows, figures=[1, 2])
    else:
        yield Paragraph(_("Nothing: no amount was held, no row was without a rate, and no work was left unpaid."))


def _figure(figure: Mapping[str, Any], heading: Mapping[str, Any]) -> list[str]:
    return [kit.quantity(figure["number"]), _money(Decimal(figure["amount"] or 0), heading)]


def _proof(statement: Statement) -> Iterator[Block]:
    heading = statement.heading
    yield Heading(_("Signatures and proof"))
    yield Facts(
        [
            (_("Prepared by"), _signature(heading["prepared"], heading)),
            (_("Approved by"), _signature(heading["approved"], heading)),
            (_("Content hash"), _("%(hash)s (SHA-256 of heading, lines and total)") % {"hash": statement.content_hash}),
        ]
    )
    if heading["both_signatures_on_one_command_line"]:
        yield Paragraph(_("Both signatures were given on one command line."), strong=True)


def _terms(heading: Mapping[str, Any]) -> str:
    return ", ".join(
        _("version %(number)s, in force from %(month)s")
        % {
            "number": version["version"],
            "month": kit.month_text(date.fromisoformat(version["in_force_from"])),
        }
        for version in heading["terms"]
    )


def _signature(signature: Mapping[str, str], heading: Mapping[str, Any]) -> str:
    who = ", ".join(part for part in (signature["name"], signature["organisation"]) if part)
    return f"{who}, {_moment(signature['at'], heading)}" if signature["at"] else who


def _moment(text: str, heading: Mapping[str, Any]) -> str:
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(heading["timezone"]))
    day, time = formats.date_format(local, "DATE_FORMAT"), formats.time_format(local, "TIME_FORMAT")
    return f"{day}, {time} {local.tzname() or ''}"


def _money(amount: Decimal | int, heading: Mapping[str, Any]) -> str:
    return kit.money(Decimal(amount), heading["currency"])
