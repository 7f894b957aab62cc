"""What people do with a document: upload, attach, align, sign, withdraw."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doors import UNPROCESSABLE, action, done, form_status, refused, require
from blended_pilot.kernel.errors import Refused, Unusable
from contracts import forms
from contracts.models import Contract, ContractVersion, Party
from contracts.operations import alignment, attachments, documents, signing
from contracts.queries.terms import document_of, signed_terms
from contracts.queries.versions import differences, local_today
from contracts.rules.capabilities import beyond
from contracts.views.contracts import crumbs
from contracts.views.versions import visible_version

PAGE = "kit/form_page.html"


def _decide(
    request: HttpRequest, operation: Callable[[], HttpResponse], template: str, context: dict[str, Any]
) -> HttpResponse:
    """Run the operation; a refusal or an unusable file is shown above what the person had open."""
    try:
        return operation()
    except Refused as error:
        return refused(request, error, template, context)
    except Unusable as error:
        return render(request, template, {**context, "refusal": error}, status=UNPROCESSABLE)


def _missing_sentence(names: tuple[str, ...] | list[str]) -> str:
    return " " + _("Still to be uploaded: %(files)s.") % {"files": ", ".join(names)} if names else ""


@action("contract.load")
def load(request: HttpRequest) -> HttpResponse:
    form = forms.LoadForm(request.POST or None, request.FILES or None)
    context = {
        "heading": _("Upload a contract"),
        "form": form,
        "multipart": True,
        "submit": _("Check and keep as draft"),
        "cancel": reverse("contracts:contracts"),
        "crumbs": crumbs(None, (_("Upload a contract"), "")),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "contracts/load.html", context, status=form_status(form))

    def loading() -> HttpResponse:
        loaded = documents.load(
            source=form.cleaned_data["document"].read(),
            source_format=form.source_format,
            attachments=form.kept(),
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        version = loaded.version
        sentences = {
            documents.Effect.CREATED: _("Version %(number)s is kept as a draft."),
            documents.Effect.REPLACED: _("The draft of version %(number)s is replaced."),
            documents.Effect.UNCHANGED: _("Version %(number)s has this content already; nothing changed."),
        }
        sentence = sentences[loaded.effect] % {"number": version.number}
        sentence += _missing_sentence(loaded.missing_attachments)
        return done(request, sentence, "contracts:version", version.contract.code, version.number)

    return _decide(request, loading, "contracts/load.html", context)


@action("contract.load")
def attach(request: HttpRequest, code: str, number: int) -> HttpResponse:
    contract, version = visible_version(request, code, number)
    require(request, "contract.load", contract)
    form = forms.AttachForm(request.POST or None, request.FILES or None)
    named = ", ".join(item["file"] for item in version.document.get("attachments", []))
    context = {
        **_about(contract, version, _("Upload agreed documents")),
        "form": form,
        "multipart": True,
        "submit": _("Upload"),
        "explain": _("The document names: %(files)s.") % {"files": named or _("no file")},
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, PAGE, context, status=form_status(form))

    def attaching() -> HttpResponse:
        attachments.attach(
            version_id=version.pk,
            files=form.kept(),
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        sentence = _("The documents are kept with the version.") + _missing_sentence(attachments.missing(version))
        return done(request, sentence, "contracts:version", contract.code, version.number)

    return _decide(request, attaching, PAGE, context)


@action("contract.align")
def align(request: HttpRequest, code: str, number: int) -> HttpResponse:
    contract, version = visible_version(request, code, number)
    require(request, "contract.align", contract)
    form = forms.ConfirmForm(request.POST or None)
    finding = alignment.working_of(version)
    context = {
        **_about(contract, version, _("Staffing alignment")),
        "form": form,
        "submit": _("Record the alignment"),
        "finding": finding,
        "recorded": version.alignments.select_related("recorded_by").order_by("-recorded_at"),
        "digest": version.digest,
        "may_record": version.status == "draft" and finding is not None,
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "contracts/align.html", context, status=form_status(form))

    def aligning() -> HttpResponse:
        alignment.align(version_id=version.pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        return done(request, _("The staffing alignment is recorded."), "contracts:version", code, number)

    return _decide(request, aligning, "contracts/align.html", context)


@action("contract.sign", step_up=gettext_lazy("Sign the contract"))
def sign(request: HttpRequest, code: str, number: int) -> HttpResponse:
    contract, version = visible_version(request, code, number)
    require(request, "contract.sign", contract)
    form = forms.SignForm(request.POST or None, initial={"digest": version.digest})
    context = {
        **_about(contract, version, _("Sign version %(number)s") % {"number": number}),
        "form": form,
        "submit": _("Sign"),
        **_what_is_signed(request.user, contract, version),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "contracts/sign.html", context, status=form_status(form))

    def signing_it() -> HttpResponse:
        signing.sign(
            version_id=version.pk,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            digest=form.cleaned_data["digest"],
        )
        version.refresh_from_db()
        both = version.status == "signed"
        sentence = _("Both parties have signed.") if both else _("You have signed. The other party has not signed yet.")
        return done(request, sentence, "contracts:contract", contract.code)

    return _decide(request, signing_it, "contracts/sign.html", context)


def _what_is_signed(user: Any, contract: Contract, version: ContractVersion) -> dict[str, Any]:
    """Everything that a signer should know before signing."""
    document = document_of(version)
    party = signing.signing_party(contract, version, user)
    terms = signed_terms(contract.pk)
    before = contract.versions.filter(number=terms.latest.number).first() if terms else None
    unknown = beyond(document)
    needs_alignment = bool(document.baseline.staffing) and not version.alignments.filter(digest=version.digest).exists()
    return {
        "party": Party(party).label if party else "",
        "organisation": getattr(contract, party).name if party else "",
        "signatures": version.signatures.select_related("signed_by", "organisation").order_by("signed_at"),
        "before": before,
        "changes": differences(before, version) if before and before.number != version.number else [],
        "beyond": unknown,
        "missing": attachments.missing(version),
        "needs_alignment": needs_alignment,
        "retroactive": bool(terms) and version.in_force_from < local_today(contract, timezone.now()),
        "may_sign": version.status == "draft" and party is not None and not unknown and not needs_alignment,
    }


@action("contract.load")
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    contract, version = visible_version(request, code, number)
    require(request, "contract.load", contract)
    form = forms.WithdrawForm(request.POST or None)
    context = {
        **_about(contract, version, _("Withdraw version %(number)s") % {"number": number}),
        "form": form,
        "submit": _("Withdraw"),
        "tone": "danger",
        "explain": _("The draft stays readable, and nobody can sign it any more."),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, PAGE, context, status=form_status(form))

    def withdrawing() -> HttpResponse:
        documents.withdraw(
            version_id=version.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _("The version is withdrawn."), "contracts:contract", contract.code)

    return _decide(request, withdrawing, PAGE, context)


def _about(contract: Contract, version: ContractVersion, heading: str) -> dict[str, Any]:
    here = reverse("contracts:version", args=[contract.code, version.number])
    return {
        "contract": contract,
        "version": version,
        "heading": heading,
        "lead": f"{contract.code}: {contract.title}",
        "cancel": here,
        "crumbs": crumbs(contract, (str(version), here), (heading, "")),
    }
