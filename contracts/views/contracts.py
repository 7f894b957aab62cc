"""Contracts: the list, and one contract with its versions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from accounts.permissions import may, may_on
from blended_pilot.kernel.listing import list_page
from contracts import filters, tables
from contracts.models import Attachment, Contract, Escalation
from contracts.operations.signing import signing_party
from contracts.queries.escalations import sign_words
from contracts.queries.events import events
from contracts.queries.terms import document_of
from contracts.queries.versions import VersionLine, listed_contracts, local_today, version_lines


def crumbs(contract: Contract | None = None, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way to a page of this stage."""
    way: list[tuple[Any, str]] = [(_("Contracts"), reverse("contracts:contracts"))]
    if contract is not None:
        way.append((contract.code, reverse("contracts:contract", args=[contract.code])))
    return [*way, *more]


@action("contract.view")
def contracts(request: HttpRequest) -> HttpResponse:
    loads = may(request.user, "contract.load")
    context = {
        "heading": _("Contracts"),
        "lead": _("What was agreed, version by version. Nothing is in force before both parties have signed."),
        "loads": loads,
        "empty_text": _("Upload a contract document to begin. Its format is described in the help."),
        "empty_action": reverse("contracts:load") if loads else "",
        "empty_label": _("Upload a contract"),
    }
    return list_page(
        request,
        template="contracts/contracts.html",
        what=_("Contracts"),
        name="contracts",
        rows=listed_contracts(request.user).order_by("code"),
        table=tables.ContractTable,
        table_options={"now": timezone.now()},
        filters=filters.ContractFilter,
        context=context,
    )


@action("contract.view")
def contract(request: HttpRequest, code: str) -> HttpResponse:
    rows = Contract.objects.visible_to(request.user).select_related("pilot", "commissioner", "provider")
    found: Contract = visible_or_404(request, rows, code=code)
    lines = version_lines(found, local_today(found, timezone.now()))
    loads = may_on(request.user, "contract.load", found)
    context = {
        "contract": found,
        "crumbs": [(_("Contracts"), reverse("contracts:contracts")), (found.code, "")],
        "lines": [_line(request.user, found, line, lines, loads) for line in lines],
        "in_force": next((line for line in lines if line.state == "in_force"), None),
        "attachments": Attachment.objects.filter(version__contract=found)
        .select_related("version", "uploaded_by")
        .order_by("-version__number", "file_name"),
        "escalations": [
            (sign_words(escalation.sign), escalation)
            for escalation in Escalation.objects.visible_to(request.user).waiting().filter(contract=found)[:10]
        ],
        "events": events(found),
        "loads": loads,
    }
    return render(request, "contracts/contract.html", context)


def _line(user: Any, found: Contract, line: VersionLine, lines: list[VersionLine], loads: bool) -> dict[str, Any]:
    """A version and what this person may do with it."""
    draft = line.version.status == "draft"
    staffed = draft and bool(document_of(line.version).baseline.staffing)
    before = next((other.number for other in lines if other.number < line.number), None)
    return {
        "line": line,
        "before": before,
        "may_sign": draft and signing_party(found, line.version, user) is not None,
        "may_align": staffed and may_on(user, "contract.align", found),
        "may_withdraw": draft and loads,
    }
