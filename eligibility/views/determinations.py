"""From a referral to a member: who it is, which criteria they meet, and the outcome."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import UNPROCESSABLE, action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may_on, sides
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.uploads import limit_uploads
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility import filters
from eligibility.forms import intake as forms
from eligibility.models import AnswerEvidence, Determination, Member, Referral
from eligibility.operations import determinations as operations
from eligibility.queries.codes import codes
from eligibility.queries.determinations import answers_of
from eligibility.queries.duplicates import Alike, possible_duplicates
from eligibility.queries.identities import Shown, identified, identity
from eligibility.queries.intake import may_see_staff
from eligibility.tables.intake import DeterminationTable
from eligibility.views.evidence import refuse_large
from eligibility.views.pages import member_form

TEMPLATE = "eligibility/determination.html"
PERSON = "eligibility/determine_who.html"


@action("determination.view")
def determinations(request: HttpRequest) -> HttpResponse:
    rows = Determination.objects.visible_to(request.user).select_related(
        "contract", "member", "referral", "completed_by"
    )
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Determinations"),
        name="determinations",
        rows=rows.order_by("-begun_at", "-pk"),
        table=DeterminationTable,
        table_options={"user": request.user},
        filters=filters.DeterminationFilter,
        members=lambda records: identified(request.user, [one.member for one in records if one.member]),
        context={
            "heading": _("Determinations"),
            "lead": _("Whether somebody is let in: each criterion of the contract answered, with its evidence."),
            "empty_text": _("A determination begins on the page of a referral, or of a member."),
        },
    )


@action("determination.make")
def who(request: HttpRequest, pk: int) -> HttpResponse:
    """Who the referral is about: one of those written alike, or a new person."""
    referral: Referral = visible_or_404(
        request, Referral.objects.visible_to(request.user).select_related("contract", "member"), pk=pk
    )
    require(request, "determination.make", referral.contract)
    if referral.member_id:
        return _known(request, referral)
    initial = {name: getattr(referral, name) for name in ("given_name", "family_name", "birth_date")}
    typed = forms.PersonForm(request.POST or None, initial=initial)
    person = typed.person if request.method == "POST" and typed.is_valid() else initial
    alike = _alike(referral.organisation_id, person)
    shown = identity(request.user, [one.member for one in alike])
    request.access.note(  # type: ignore[attr-defined]
        verb="search",
        what=_("Possible duplicates of referral %(reference)s") % {"reference": referral.referral_ref},
        members=[pk for pk, one in shown.items() if one.identified],
    )
    form = forms.PersonForm(
        request.POST or None,
        initial=initial,
        alike=[one.member for one in alike],
        labels={pk: f"{one.label} ({one.code})" for pk, one in shown.items()},
    )
    context = _who_context(request, referral, form, alike, shown)
    if request.method == "POST" and form.is_valid():
        same: Member | None = form.cleaned_data.get("same_as")
        try:
            return _begun(
                request,
                referral,
                member_id=same.pk if same else None,
                person=form.person,
                not_a_duplicate=form.cleaned_data.get("not_a_duplicate", ""),
            )
        except Refused as error:
            return refused(request, error, PERSON, context)
    return render(request, PERSON, context, status=form_status(form))


def _known(request: HttpRequest, referral: Referral) -> HttpResponse:
    assert referral.member is not None
    explain = _("The referral names this member. The criteria are answered anew for them.")
    return member_form(
        request,
        referral.member,
        _("Determine eligibility"),
        Form(),
        lambda: _begun(request, referral, member_id=referral.member_id),
        explain=explain,
        submit=_("Go on to the criteria"),
    )


def _begun(request: HttpRequest, referral: Referral, **who: Any) -> HttpResponse:
    found = operations.begin(
        contract_id=referral.contract_id,
        referral_id=referral.pk,
        actor=request.user,  # type: ignore[arg-type]
        now=timezone.now(),
        **who,
    )
    return redirect("eligibility:determination", found.pk)


def _alike(organisation_id: int, person: dict[str, Any]) -> list[Alike]:
    known = ("given_name", "family_name", "birth_date", "reference")
    return possible_duplicates(
        organisation_id=organisation_id, **{name: person[name] for name in known if person.get(name)}
    )


def _who_context(
    request: HttpRequest, referral: Referral, form: forms.PersonForm, alike: Sequence[Alike], shown: dict[int, Shown]
) -> dict[str, Any]:
    address = reverse("eligibility:referral", args=[referral.pk])
    heading = _("Who is it?")
    return {
        "referral": referral,
        "heading": heading,
        "lead": _("Referral %(reference)s") % {"reference": referral.referral_ref},
        "form": form,
        "submit": _("Go on to the criteria"),
        "cancel": address,
        "alike": [(shown[one.member.pk], one) for one in alike],
        "crumbs": [
            (_("Referrals"), reverse("eligibility:referrals")),
            (referral.referral_ref, address),
            (heading, ""),
        ],
    }


@action("determination.make")
def again(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Determine a member anew."""
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract: Contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "determination.make", contract)

    def write() -> HttpResponse:
        found = operations.begin(contract_id=contract.pk, member_id=pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        return redirect("eligibility:determination", found.pk)

    explain = _(
        "The criteria of %(contract)s are answered anew. Found eligible, a covered member stays as they are and "
        "another is covered from a day; found not eligible, the coverage ends."
    ) % {"contract": contract.code}
    return member_form(
        request, member, _("Determine eligibility"), Form(), write, explain=explain, submit=_("Go on to the criteria")
    )


@limit_uploads(settings.EVIDENCE_LARGEST_BYTES)
@action("determination.view")
def determination(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one determination; a draft is worked on here: kept (POST), rid of a file, kept and completed."""
    found = _visible(request, pk)
    if request.method != "POST":
        return render(request, TEMPLATE, _context(request, found))
    require(request, "determination.make", found.contract)
    answers = answers_of(found)
    form = forms.DeterminationForm(request.POST, request.FILES, determination=found, answers=answers)
    if not form.is_valid():
        return render(request, TEMPLATE, _context(request, found, form), status=UNPROCESSABLE)
    link, now = _detached(request, found), timezone.now()
    try:
        refuse_large(request)
        operations.answer(determination_id=pk, answers=form.given, **form.outcome, actor=request.user, now=now)  # type: ignore[arg-type]
        if link is not None:
            operations.detach(link_id=link.pk, actor=request.user, now=now)  # type: ignore[arg-type]
        if "complete" in request.POST:
            operations.complete(determination_id=pk, actor=request.user, now=now)  # type: ignore[arg-type]
    except Refused as error:
        # what was kept before the refusal (a draft's answers and files) is shown as it stands now
        found = _visible(request, pk)
        form = forms.DeterminationForm(request.POST, determination=found, answers=answers_of(found))
        return refused(request, error, TEMPLATE, _context(request, found, form))
    if link is not None:
        return done(
            request, _("The draft is kept; the answer no longer rests on that file."), "eligibility:determination", pk
        )
    if "complete" in request.POST:
        return done(request, _("The determination is completed."), "eligibility:determination", pk)
    return done(request, _("The draft is kept."), "eligibility:determination", pk)


def _detached(request: HttpRequest, found: Determination) -> AnswerEvidence | None:
    """The file that an answer is no longer to rest on, if that is what was clicked."""
    if "detach" not in request.POST:
        return None
    number = request.POST["detach"]
    link: AnswerEvidence = visible_or_404(
        request,
        AnswerEvidence.objects.visible_to(request.user).filter(determination=found),
        pk=int(number[:18]) if number.isascii() and number.isdecimal() else 0,
    )
    return link


@action("determination.make")
def abandon(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    require(request, "determination.make", found.contract)
    form = ReasonForm(request.POST or None)
    heading = _("Abandon a determination")
    address = reverse("eligibility:determination", args=[pk])
    context = {
        "heading": heading,
        "form": form,
        "submit": _("Abandon"),
        "tone": "danger",
        "cancel": address,
        "crumbs": [(_("Determinations"), reverse("eligibility:determinations")), (heading, "")],
        "explain": _("It stays in the list without an outcome; the referral stays open."),
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.abandon(
                determination_id=pk,
                reason=form.cleaned_data["reason"],
                actor=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("The determination was abandoned."), "eligibility:determination", pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


def _visible(request: HttpRequest, pk: int) -> Determination:
    rows = Determination.objects.visible_to(request.user).select_related(
        "contract", "member", "referral", "begun_by", "completed_by"
    )
    found: Determination = visible_or_404(request, rows, pk=pk)
    return found


def _context(request: HttpRequest, found: Determination, form: forms.DeterminationForm | None = None) -> dict[str, Any]:
    user = request.user
    shown = identity(user, [found.member])[found.member_id] if found.member else None
    named = found.organisation_id in sides(user, "member.identity").provider
    request.access.note(  # type: ignore[attr-defined]
        verb="view",
        what=_("Determination %(number)d") % {"number": found.pk},
        members=[shown.member_id] if shown and shown.identified else [],
    )
    answers = answers_of(found)
    known = codes(signed_terms(found.contract_id))
    draft = found.status == "draft"
    may_make = draft and may_on(user, "determination.make", found.contract)
    name = f"{found.given_name} {found.family_name}".strip() if named else ""
    person = shown.label if shown else name or _("A person who is no member yet")
    return {
        "determination": found,
        "contract": found.contract,
        "heading": _("Eligibility of %(person)s") % {"person": person},
        "shown": shown,
        "named": named,
        "may_see_staff": may_see_staff(user, found.organisation_id),
        "answers": answers,
        "decided_against": [one.answer for one in answers if one.answer.decides and one.answer.answer == "not_met"],
        "cohort": known.cohorts.get(found.cohort, found.cohort),
        "geography": known.geographies.get(found.geography, found.geography),
        "form": form or forms.DeterminationForm(determination=found, answers=answers) if may_make else None,
        "may_make": may_make,
        "may_open_files": found.organisation_id in sides(user, "evidence.view").provider
        or found.contract.commissioner_id in sides(user, "evidence.view").commissioner,
        "may_read": found.organisation_id in sides(user, "clinical.view").provider
        or found.contract.commissioner_id in sides(user, "clinical.view").commissioner,
        "alike": len(found.alike),
        "crumbs": [(_("Determinations"), reverse("eligibility:determinations")), (person, "")],
    }
