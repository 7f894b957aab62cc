"""Requests: the list, asking, one request, and what its requester does with it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may_on
from authorizations import filters, forms, tables
from authorizations.models import Assessment, Decision, Outcome, Request, RequestKind, Status
from authorizations.operations import questions as asking
from authorizations.operations import requests as operations
from authorizations.queries import record as of_record
from authorizations.queries.requests import as_it_stands, clock_words, shortcomings, terms_on
from authorizations.queries.shown_triggers import shown_triggers
from authorizations.rules.terms import copied, read, service_name
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.uploads import limit_uploads
from contracts.models import Contract
from contracts.queries.terms import NoTerms, signed_terms
from eligibility.models import Member
from eligibility.queries.identities import identified, identity
from eligibility.views.evidence import refuse_large

SUBMIT = "submit"


@action("request.view")
def requests(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = Request.objects.visible_to(request.user).select_related("contract", "member", "requested_by", "team")
    return list_page(
        request,
        template="authorizations/requests.html",
        what=_("Requests"),
        name="requests",
        rows=rows.order_by("-created_at", "-pk"),
        table=tables.RequestTable,
        table_options={"user": request.user, "now": now},
        filters=filters.RequestFilter,
        filter_options={"user": request.user},
        members=lambda records: identified(request.user, [record.member for record in records]),
        context={
            "heading": _("Requests"),
            "lead": _("Levels and episodes that were asked for, from draft to decision."),
            "empty_text": _("A request begins on the page of the member whom it is for."),
            "empty_action": reverse("eligibility:members"),
            "empty_label": _("Members"),
        },
    )


@limit_uploads(settings.EVIDENCE_LARGEST_BYTES)
@action("request.make")
def new(request: HttpRequest, pk: int, code: str, kind: str) -> HttpResponse:
    """A new request of one kind for one member; kept as a draft, or submitted at once."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract = visible_or_404(
        request, Contract.objects.visible_to(request.user).filter(provider=member.organisation_id), code=code
    )
    require(request, "request.make", contract)
    if kind not in RequestKind.values:
        raise Http404(_("There is no such kind of request."))
    form = _form(request, contract, member, kind)
    context = _form_context(request, member, contract, kind=kind, form=form)
    if request.method != "POST" or not form.is_valid():
        return render(request, "authorizations/request_form.html", context, status=form_status(form))
    try:
        refuse_large(request)
        made = operations.draft(
            contract_id=contract.pk,
            member_id=member.pk,
            kind=kind,
            wish=form.wish,
            files=form.attached,
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, "authorizations/request_form.html", context)
    return _after_writing(request, made, form)


@limit_uploads(settings.EVIDENCE_LARGEST_BYTES)
@action("request.make")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.make", found.contract)
    gone = operations.NotInThisState(_("Only a draft can be changed."))
    if found.status != Status.DRAFT and request.method != "POST":
        return refused(request, gone)
    form = _form(request, found.contract, found.member, found.kind, found)
    context = _form_context(request, found.member, found.contract, kind=found.kind, form=form, found=found)
    if found.status != Status.DRAFT:  # somebody else submitted or withdrew it meanwhile: what was typed stays readable
        return refused(request, gone, "authorizations/request_form.html", context)
    if request.method != "POST" or not form.is_valid():
        return render(request, "authorizations/request_form.html", context, status=form_status(form))
    try:
        refuse_large(request)
        operations.change(request_id=pk, wish=form.wish, files=form.attached, actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "authorizations/request_form.html", context)
    return _after_writing(request, found, form)


def _after_writing(request: HttpRequest, made: Request, form: forms.RequestForm) -> HttpResponse:
    """The draft is kept whatever comes of submitting it: what is missing is shown on its page."""
    if request.POST.get("do") != SUBMIT:
        return done(
            request, _("%(request)s is kept as a draft.") % {"request": made}, "authorizations:request", made.pk
        )
    return _submitted(request, made)


@require_POST
@action("request.make")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.make", found.contract)
    return _submitted(request, found)


def _submitted(request: HttpRequest, made: Request) -> HttpResponse:
    try:
        operations.submit(request_id=made.pk, actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "authorizations/request.html", _context(request, _found(request, made.pk)))
    return done(request, _("%(request)s is submitted.") % {"request": made}, "authorizations:request", made.pk)


@action("request.view")
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "authorizations/request.html", _context(request, _found(request, pk)))


@action("request.make")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.make", found.contract)
    form = ReasonForm(request.POST or None)
    context = {
        "heading": _("Withdraw %(request)s") % {"request": found},
        "form": form,
        "submit": _("Withdraw"),
        "tone": "danger",
        "explain": _("It leaves the queue, and can be asked for again."),
        "cancel": reverse("authorizations:request", args=[pk]),
        "crumbs": _crumbs(found, _("Withdraw")),
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.withdraw(
                request_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("%(request)s is withdrawn.") % {"request": found}, "authorizations:request", pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


@require_POST
@action("request.make")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.make", found.contract)
    form = forms.AnswerForm(request.POST)
    if not form.is_valid():
        context = _context(request, found, answer_form=form)
        return render(request, "authorizations/request.html", context, status=form_status(form))
    try:
        asking.answer(request_id=pk, text=form.cleaned_data["answer"], actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "authorizations/request.html", _context(request, found, answer_form=form))
    return done(request, _("The answer is sent."), "authorizations:request", pk)


def _found(request: HttpRequest, pk: int) -> Request:
    rows = Request.objects.visible_to(request.user).select_related(
        "contract", "member", "requested_by", "assigned_to", "assessment", "reconsiders", "team"
    )
    found: Request = visible_or_404(request, rows, pk=pk)
    return found


def _crumbs(found: Request, last: str = "") -> list[tuple[str, str]]:
    first = [(_("Requests"), reverse("authorizations:requests"))]
    if not last:
        return [*first, (str(found), "")]
    return [*first, (str(found), reverse("authorizations:request", args=[found.pk])), (last, "")]


def _context(request: HttpRequest, found: Request, *, answer_form: forms.AnswerForm | None = None) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    shown = identity(user, [found.member])[found.member_id]
    request.access.note(verb="view", what=_("Request"), members=[found.member_id] if shown.identified else [])
    clinical = may_on(user, "clinical.view", found.contract)
    may_make = may_on(user, "request.make", found.contract)
    missing: list[str] = []
    triggers = shown_triggers(found.triggers, found.contract_id)
    if found.status == Status.DRAFT and may_make:
        receipt = found.stated_receipt or now
        terms = terms_on(found, receipt)
        as_then = as_it_stands(found, terms, receipt)
        missing = shortcomings(found, terms, as_then)
        triggers = shown_triggers([finding.as_data() for finding in as_then.findings], found.contract_id)
    questions = list(found.questions.select_related("asked_by", "answered_by").order_by("asked_at"))
    entries = list(found.decisions.select_related("decided_by").order_by("number"))
    return {
        "found": found,
        "asked_for": tables.asked_for(found),
        "service": service_name(found.terms, found.service),
        "letters": may_on(user, "letter.make", found.contract),
        "state_tone": tables.STATUS_TONES[Status(found.status)],
        "due": tables.due_badge(found, now) if found.status in Request.WAITING else "",
        "shown": shown,
        "contract": found.contract,
        "clinical": clinical,
        "may_make": may_make,
        "clock": clock_words(read(found.terms)) if found.terms else "",
        "missing": missing,
        "triggers": triggers,
        "questions": questions,
        "open_question": next((one for one in questions if one.answered_at is None), None),
        "answer_form": answer_form or forms.AnswerForm(),
        "evidence": list(found.evidence.select_related("evidence").order_by("pk")) if clinical else [],
        "entries": [(entry, forms.OUTCOME_TONES[Outcome(entry.outcome)]) for entry in entries],
        "may_review": may_on(user, "queue.view", found.contract) and found.status in Request.WAITING,
        "difference_words": forms.reason_words(found.difference_reason) if found.difference_reason else "",
        "crumbs": _crumbs(found),
    }


def _form(
    request: HttpRequest, contract: Contract, member: Member, kind: str, found: Request | None = None
) -> forms.RequestForm:
    try:
        version = signed_terms(contract.pk).latest
    except NoTerms:
        raise PermissionDenied(_("No version of this contract is signed yet.")) from None
    now = timezone.now()
    under = {"contract": contract, "member": member}
    terms = copied(version.document, version=version.number, digest=version.digest, urgency="standard")
    initial = forms.initial_of(found) if found else {"starts_on": terms.calendar.day_of(now)}
    latest = Assessment.objects.filter(**under, withdrawn_at=None, superseded_by=None).order_by("-assessed_on", "-pk")
    if found is None and latest and kind in forms.LEVEL_KINDS:
        initial |= {"assessment": latest[0].pk, "requested_level": latest[0].suggested_level}
    elif found is None and kind in forms.LEVEL_KINDS:
        standing = of_record.standing(contract.pk, member.pk, terms.calendar.day_of(now), version.document)
        initial["requested_level"] = _usual_level(kind, standing.care_level, list(terms.levels))
    return forms.RequestForm(
        request.POST or None,
        request.FILES or None,
        kind=kind,
        terms=terms,
        assessments=latest[:20],
        denials=Decision.objects.filter(
            contract=contract, request__member=member, outcome=Outcome.DENIED, replaced_by=None
        ).order_by("-number")[:20],
        initial=initial,
    )


def _usual_level(kind: str, care: str, by_rank: list[str]) -> str:
    """What a request of this kind asks for first from where the member is: a level up, one down, or the same."""
    if care not in by_rank:
        return ""
    place = by_rank.index(care) + {RequestKind.UPGRADE: 1, RequestKind.STEP_DOWN: -1}.get(RequestKind(kind), 0)
    return by_rank[min(max(place, 0), len(by_rank) - 1)]


def _form_context(
    request: HttpRequest,
    member: Member,
    contract: Contract,
    *,
    kind: str,
    form: forms.RequestForm,
    found: Request | None = None,
) -> dict[str, Any]:
    shown = identity(request.user, [member])[member.pk]
    request.access.note(verb="view", what=_("Request form"), members=[member.pk] if shown.identified else [])
    label = RequestKind(kind).label
    triggers: tuple[Any, ...] = ()
    if kind == RequestKind.UPGRADE:
        now = timezone.now()
        draft = found or Request(contract=contract, member=member, kind=kind, starts_on=now.date())
        receipt = draft.stated_receipt or now
        as_then = as_it_stands(draft, terms_on(draft, receipt), receipt)
        triggers = shown_triggers([finding.as_data() for finding in as_then.findings], contract.pk)
    member_url = reverse("eligibility:member", args=[member.pk])
    return {
        "heading": _("%(kind)s: %(member)s") % {"kind": label, "member": shown.label},
        "form": form,
        "contract": contract,
        "triggers": triggers,
        "receipt": found.stated_receipt if found else None,
        "cancel": reverse("authorizations:request", args=[found.pk]) if found else member_url,
        "crumbs": [(_("Requests"), reverse("authorizations:requests")), (shown.code, member_url), (str(label), "")],
    }
