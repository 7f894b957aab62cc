"""The register: its entries, one entry, its papers, and putting a wrong one right."""

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may, may_on
from authorizations import filters, forms, tables
from authorizations.exports import letters, record_paper
from authorizations.models import Decision, Outcome, Question
from authorizations.operations import corrections
from authorizations.operations.papers import JOB, ask_for_paper
from authorizations.queries.proofs import head
from authorizations.queries.register import ShownEntry, given, letter_kind, register, shown_entry, visible_register
from authorizations.rules.terms import read
from blended_pilot.jobs.models import Job, Status
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import Listing, TooLarge, list_page
from blended_pilot.kernel.papers import PDF_TYPE
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import Shown, identified, identity


@action("register.view")
def entries(request: HttpRequest) -> HttpResponseBase:
    chosen = request.GET.get("contract", "")
    return list_page(
        request,
        template="authorizations/register.html",
        what=_("Register of decisions"),
        name="register",
        members=lambda records: identified(request.user, [record.member for record in records]),
        may_export=may(request.user, "register.export"),
        context={
            "heading": _("Register of decisions"),
            "lead": _(
                "Every decision, numbered for each contract. An entry is never changed; a wrong one is replaced."
            ),
            "paper": f"{reverse('authorizations:register_paper', args=[chosen])}?{request.GET.urlencode()}"
            if chosen and may(request.user, "register.export")
            else "",
            "empty_title": _("No decision yet"),
            "empty_text": _("An entry is made when a clinical lead decides a request."),
        },
        **_listed(request),
    )


def _listed(request: HttpRequest) -> dict[str, Any]:
    return {
        "rows": visible_register(request.user),
        "table": tables.RegisterTable,
        "table_options": {"user": request.user, "exporting": bool(request.GET.get("export"))},
        "filters": filters.RegisterFilter,
        "filter_options": {"user": request.user},
    }


@action("register.export")
def register_paper(request: HttpRequest, code: str) -> HttpResponse:
    """The filtered list of one contract as a paper with the head of its register; a long one in the background."""
    contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "register.export", contract)
    if request.method == "POST":
        job = ask_for_paper(
            contract_id=contract.pk, query=request.GET.urlencode(), actor=request.user, now=timezone.now()
        )
        return redirect("jobs:job", job.pk)
    listing = Listing(request, **_listed(request))
    rows = listing.rows.filter(contract=contract).order_by("number")
    found = list(rows[: record_paper.AT_ONCE + 1])
    if len(found) > record_paper.AT_ONCE:
        return _long_paper(request, contract, rows.count())
    shown = identity(request.user, [entry.member for entry in found])
    made = record_paper.register_pdf(
        contract,
        [(entry, shown[entry.member_id].code) for entry in found],
        head=head(contract.pk),
        made_at=timezone.now(),
    )
    request.access.note(
        verb="export",
        what=_("Register of %(contract)s, %(rows)s entries, pdf") % {"contract": contract.code, "rows": len(found)},
        members=[pk for pk, one in shown.items() if one.identified],
    )
    return _pdf(made, f"register-{contract.code}")


def _long_paper(request: HttpRequest, contract: Contract, entries: int) -> HttpResponse:
    """Says how long it is, and offers to make it meanwhile."""
    if entries > record_paper.MOST:
        raise TooLarge(_("This list is too long for a paper. Narrow the filters, or take the CSV file."))
    back = f"{reverse('authorizations:register')}?{request.GET.urlencode()}"
    context = {
        "heading": _("A long paper"),
        "explain": _(
            "%(entries)s entries of %(contract)s are too many to wait for. The paper is made in the background, for "
            "you alone, and can be fetched for a week."
        )
        % {"entries": entries, "contract": contract.code},
        "submit": _("Make it"),
        "cancel": back,
        "crumbs": [(_("Register"), back), (_("A long paper"), "")],
    }
    return render(request, "kit/form_page.html", context)


@action("register.export")
def register_file(request: HttpRequest, key: str) -> HttpResponseBase:
    """A paper that was made in the background: for whoever asked for it, and for nobody else."""
    job = visible_or_404(request, Job.objects.filter(kind=JOB, status=Status.DONE, created_by=request.user), key=key)
    contract = Contract.objects.get(pk=job.payload["contract"])
    require(request, "register.export", contract)
    if "stored" not in job.result:
        raise Forgotten(_("This paper was made more than a week ago and is gone. Ask for it again."))
    request.access.note(
        verb="export",
        what=_("Register of %(contract)s, %(rows)s entries, pdf")
        % {"contract": contract.code, "rows": job.result["entries"]},
        members=job.result["members"],
    )
    return FileResponse(
        default_storage.open(job.result["stored"]),
        as_attachment=True,
        filename=f"register-{contract.code}.pdf",
        content_type=PDF_TYPE,
    )


class Forgotten(Refused):
    """The file is gone; the job stays."""


@action("register.view")
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    shown = shown_entry(_entry(request, pk))
    return render(request, "authorizations/decision.html", _context(request, shown))


def _context(request: HttpRequest, shown: ShownEntry) -> dict[str, Any]:
    entry, user = shown.entry, request.user
    member = identity(user, [entry.member])[entry.member_id]
    request.access.note(verb="view", what=_("Decision"), members=[entry.member_id] if member.identified else [])
    corrects = may_on(user, "register.correct", entry.contract)
    return {
        "shown": shown,
        "entry": entry,
        "contract": entry.contract,
        "member": member,
        "member_opens": Member.objects.visible_to(user).filter(pk=entry.member_id).exists(),
        "request_opens": may_on(user, "request.view", entry.contract),
        "clinical": may_on(user, "clinical.view", entry.contract),
        "given": given(entry),
        "tone": forms.OUTCOME_TONES[Outcome(entry.outcome)],
        "asked_for": tables.asked_for(entry.request),
        # of an entry that was replaced the member is told by what took its place
        "letter": letter_kind(entry)
        if may_on(user, "letter.make", entry.contract) and shown.replaced_by is None
        else "",
        "corrects": corrects,
        "why_not": corrections.why_not(entry=entry, actor=user) if corrects else "",
        "crumbs": [(_("Register"), reverse("authorizations:register")), (str(entry), "")],
    }


@action("register.view")
def entry_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The decision record."""
    entry = _entry(request, pk)
    member = identity(request.user, [entry.member])[entry.member_id]
    made = record_paper.record_pdf(
        shown_entry(entry),
        member=member,
        clinical=may_on(request.user, "clinical.view", entry.contract),
        made_at=timezone.now(),
    )
    _note_paper(request, _("Record of %(entry)s") % {"entry": entry}, member)
    return _pdf(made, f"decision-{entry.contract.code}-{entry.number}")


@action("letter.make")
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """What the member is told of the decision."""
    entry = _entry(request, pk)
    require(request, "letter.make", entry.contract)
    kind = letter_kind(entry)
    if not kind:
        raise NoLetter(_("This entry takes another one back; the member is told of what takes its place."))
    member = identity(request.user, [entry.member])[entry.member_id]
    made = letters.decision_letter(entry, member=member, head=head(entry.contract_id), made_at=timezone.now())
    _note_paper(request, _("Letter about %(entry)s") % {"entry": entry}, member)
    return _pdf(made, f"letter-{kind}-{entry.number}")


@action("letter.make")
def extension_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """What the member is told when a question makes the time for the decision longer."""
    question = visible_or_404(
        request,
        Question.objects.visible_to(request.user).select_related("about__contract", "about__member", "asked_by"),
        pk=pk,
    )
    require(request, "letter.make", question.about.contract)
    if question.effect == "none":
        raise NoLetter(_("This question did not move the time for the decision."))
    member = identity(request.user, [question.about.member])[question.about.member_id]
    made = letters.extension_letter(question, member=member, made_at=timezone.now())
    _note_paper(request, _("Letter about %(request)s") % {"request": question.about}, member)
    return _pdf(made, f"letter-extension-{question.about.number}")


class NoLetter(Refused):
    """There is nothing to tell the member."""


@action("register.correct")
def supersede(request: HttpRequest, pk: int) -> HttpResponse:
    entry = _entry(request, pk)
    require(request, "register.correct", entry.contract)
    about = entry.request
    terms = read(about.terms)
    form = forms.SupersedeForm(
        request.POST or None,
        initial=forms.first_verdict(about, terms, terms.calendar.day_of(timezone.now())),
        request=about,
        terms=terms,
    )
    context = {
        "heading": _("Supersede %(entry)s") % {"entry": entry},
        "explain": _(
            "Enter what should have been decided. The wrong entry stays in the register and says what took its place."
        ),
        "form": form,
        "submit": _("Enter it"),
        "contract": entry.contract,
        "entries": [(entry, forms.OUTCOME_TONES[Outcome(entry.outcome)])],
        "cancel": reverse("authorizations:decision", args=[pk]),
        "crumbs": _crumbs(entry, _("Supersede")),
    }
    if request.method == "POST" and form.is_valid():
        try:
            new = corrections.supersede(
                entry_id=pk,
                verdict=form.given,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except Refused as error:
            return refused(request, error, "authorizations/supersede.html", context)
        return done(request, _("%(entry)s was entered.") % {"entry": new}, "authorizations:decision", new.pk)
    return render(request, "authorizations/supersede.html", context, status=form_status(form))


@action("register.correct")
def void(request: HttpRequest, pk: int) -> HttpResponse:
    entry = _entry(request, pk)
    require(request, "register.correct", entry.contract)
    form = ReasonForm(request.POST or None)
    context = {
        "heading": _("Void %(entry)s") % {"entry": entry},
        "explain": _(
            "What it put in force goes out of force, and money follows. What was asked for has to be asked anew."
        ),
        "form": form,
        "submit": _("Void it"),
        "tone": "danger",
        "cancel": reverse("authorizations:decision", args=[pk]),
        "crumbs": _crumbs(entry, _("Void")),
    }
    if request.method == "POST" and form.is_valid():
        try:
            new = corrections.void(
                entry_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("%(entry)s was entered.") % {"entry": new}, "authorizations:decision", new.pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


def _entry(request: HttpRequest, pk: int) -> Decision:
    rows = register().select_related("replaces", "requested_by", "contract__provider")
    found: Decision = visible_or_404(request, rows.filter(pk__in=Decision.objects.visible_to(request.user)), pk=pk)
    return found


def _crumbs(entry: Decision, last: str) -> list[tuple[str, str]]:
    return [
        (_("Register"), reverse("authorizations:register")),
        (str(entry), reverse("authorizations:decision", args=[entry.pk])),
        (last, ""),
    ]


def _note_paper(request: HttpRequest, what: str, member: Shown) -> None:
    request.access.note(verb="export", what=what, members=[member.member_id] if member.identified else [])


def _pdf(made: bytes, name: str) -> HttpResponse:
    response = HttpResponse(made, content_type=PDF_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
