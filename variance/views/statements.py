"""Statements on screen and as files."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import action, require, visible_or_404
from accounts.permissions import may_on
from blended_pilot.kernel.listing import Listing, list_page
from blended_pilot.kernel.templatetags import kit
from variance.exports import statement_files as exports
from variance.filters import LineFilters, StatementFilters
from variance.models import Statement
from variance.queries import pages
from variance.tables.lists import LineTable, StatementTable


@action("cycle.view")
@require_safe
def statement_list(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Statements"),
        name="statements",
        rows=pages.statements().visible_to(request.user),
        table=StatementTable,
        filters=StatementFilters,
        context={
            "heading": _("Statements"),
            "lead": _("One for every closed month, numbered for each contract. What it says never changes."),
            "empty_title": _("No statement yet"),
            "empty_text": _("A statement is issued when a month closes."),
        },
    )


@action("cycle.view")
@require_safe
def statement_page(request: HttpRequest, pk: int) -> HttpResponse:
    statement = visible_or_404(
        request,
        Statement.objects.visible_to(request.user).select_related(
            "contract",
            "cycle__prepared_by",
            "cycle__prepared_organisation",
            "cycle__approved_by",
            "cycle__approved_organisation",
        ),
        pk=pk,
    )
    contract, month = statement.contract, f"{statement.cycle.month:%Y-%m}"
    listing = Listing(
        request,
        rows=pages.statement_lines(statement),
        table=LineTable,
        filters=LineFilters,
        may_export=False,
        name=f"statement-{contract.code}-{statement.number}",
        table_options={
            "contract": contract,
            "opens": reverse("variance:rows", args=[contract.code, month]),
        },
    )
    fragment = getattr(request, "htmx", False) and request.htmx.target == "list"  # type: ignore[attr-defined]
    return render(
        request,
        "kit/list.html" if fragment else "variance/statement.html",
        {
            "statement": statement,
            "contract": contract,
            "listing": listing,
            "heading": _("Statement %(number)s, %(month)s")
            % {"number": statement.number, "month": kit.month_text(statement.cycle.month)},
            "crumbs": [(_("Statements"), reverse("variance:statements"))],
            "cycle_address": reverse("variance:cycle", args=[contract.code, month]),
            "components": pages.statement_components(statement),
            "forms": exports.FORMATS if may_on(request.user, "ledger.export", contract) else (),
            "facts": _proof(statement),
        },
    )


def _proof(statement: Statement) -> list[tuple[Any, ...]]:
    cycle, contract = statement.cycle, statement.contract
    return [
        (_("Prepared by"), cycle.prepared_by, cycle.prepared_organisation),
        (_("Approved by"), cycle.approved_by, cycle.approved_organisation),
        (_("Issued"), kit.when(statement.issued_at, contract)),
        (_("Content hash"), statement.content_hash, _("SHA-256 of heading, lines and total")),
        *([(_("Signatures"), _("Both were given on one command line"))] if cycle.both_on_command_line else []),
    ]


@action("cycle.view")
@require_safe
def download(request: HttpRequest, pk: int, form: str) -> HttpResponse | FileResponse:
    if form not in exports.FORMATS:
        raise Http404(_("There is no such format."))
    statement = visible_or_404(
        request, Statement.objects.visible_to(request.user).select_related("contract", "cycle"), pk=pk
    )
    require(request, "ledger.export", statement.contract)
    file, content_type, name = exports.file_of(statement, form, reader=request.user)
    request.access.note(
        verb="export",
        what=_("Statement %(number)s of %(contract)s, %(form)s")
        % {"number": statement.number, "contract": statement.contract.code, "form": form},
    )  # type: ignore[attr-defined]
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
