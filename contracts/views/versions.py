"""One version: all its terms, its differences from another, and its files."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from accounts.permissions import may_on
from contracts.exports.document import TYPES, as_text, schema
from contracts.models import Attachment, Contract, ContractVersion
from contracts.operations.attachments import missing
from contracts.operations.signing import signing_party
from contracts.queries.readable import readable
from contracts.queries.terms import document_of
from contracts.queries.versions import VersionLine, differences, local_today, version_lines
from contracts.rules.capabilities import beyond
from contracts.views.contracts import crumbs


def visible_version(request: HttpRequest, code: str, number: int) -> tuple[Contract, ContractVersion]:
    """The version with its contract, or 404."""
    rows = ContractVersion.objects.visible_to(request.user).select_related(
        "contract__pilot", "contract__commissioner", "contract__provider"
    )
    found: ContractVersion = visible_or_404(request, rows, contract__code=code, number=number)
    return found.contract, found


def line_of(contract: Contract, version: ContractVersion) -> VersionLine:
    """The version with its state today."""
    lines = version_lines(contract, local_today(contract, timezone.now()))
    return next(line for line in lines if line.number == version.number)


@action("contract.view")
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    contract, found = visible_version(request, code, number)
    document = document_of(found)
    draft = found.status == "draft"
    lines = version_lines(contract, local_today(contract, timezone.now()))
    context = {
        "contract": contract,
        "version": found,
        "line": next(line for line in lines if line.number == found.number),
        "others": [line for line in lines if line.number != found.number],
        "sections": readable(document),
        "beyond": beyond(document) if draft else [],
        "missing": missing(found),
        "attachments": {kept.file_name: kept for kept in found.attachments.all()},
        "may_sign": draft and not beyond(document) and signing_party(contract, found, request.user) is not None,
        "may_align": draft and bool(document.baseline.staffing) and may_on(request.user, "contract.align", contract),
        "may_attach": found.status != "withdrawn" and may_on(request.user, "contract.load", contract),
        "crumbs": crumbs(contract, (str(found), "")),
    }
    return render(request, "contracts/version.html", context)


@action("contract.view")
def compare(request: HttpRequest, code: str, older: int, newer: int) -> HttpResponse:
    contract, before = visible_version(request, code, older)
    _contract, after = visible_version(request, code, newer)
    changes = differences(before, after)
    words = {"added": _("Added"), "removed": _("Removed"), "changed": _("Changed")}
    context = {
        "contract": contract,
        "older": before,
        "newer": after,
        "changes": [(change, words[change.kind]) for change in changes],
        "counts": {kind: sum(change.kind == kind for change in changes) for kind in words},
        "numbers": contract.versions.order_by("number").values_list("number", flat=True),
        "crumbs": crumbs(contract, (_("Compare"), "")),
    }
    return render(request, "contracts/compare.html", context)


@action("contract.view")
def choose_comparison(request: HttpRequest, code: str) -> HttpResponse:
    """The two numbers of the form on the comparison page, as the address of the comparison."""
    try:
        numbers = int(request.GET["older"]), int(request.GET["newer"])
    except (KeyError, ValueError):
        raise Http404(_("Choose two versions.")) from None
    return compare(request, code, *numbers)


@action("contract.view")
def download(request: HttpRequest, code: str, number: int, form: Any) -> HttpResponse:
    contract, found = visible_version(request, code, number)
    request.access.note(verb="export", what=f"{contract.code} {found}, {form}")  # type: ignore[attr-defined]
    name = f"{contract.code}-v{found.number}.{form}"
    return HttpResponse(
        as_text(found, form),
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@action("contract.view")
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Always a download of unknown type: nothing that was uploaded is opened by the browser."""
    rows = Attachment.objects.visible_to(request.user).select_related("version__contract")
    found: Attachment = visible_or_404(request, rows, pk=pk)
    request.access.note(  # type: ignore[attr-defined]
        verb="export", what=f"{found.version.contract.code} {found.version}, {found.file_name}"
    )
    return FileResponse(
        found.stored.open("rb"),
        as_attachment=True,
        filename=found.file_name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@action("contract.view")
def document_schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(schema(), content_type="application/schema+json")
