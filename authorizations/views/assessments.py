"""Assessments: recorded for a member, shown with their working, corrected by a new one."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may_on, sides
from authorizations.forms import AssessmentForm, CorrectAssessmentForm
from authorizations.models import Assessment
from authorizations.operations import assessments as operations
from authorizations.queries.assessments import instruments_on, of_member, standing, trend
from blended_pilot.kernel.uploads import limit_uploads
from contracts.models import Contract
from eligibility.models import CoverageSpan, Member
from eligibility.queries.identities import identity
from eligibility.queries.intake import may_see_staff
from eligibility.queries.profile import today_in
from eligibility.views.evidence import refuse_large
from eligibility.views.pages import member_form


@action("assessment.view")
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The member page's part about assessments: scores over time, and what may be done."""
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    rows = list(of_member(request.user, pk))
    request.access.note(verb="view", what=_("Assessments of a member"), members=[pk])  # type: ignore[attr-defined]
    contracts = list(
        Contract.objects.filter(sides(request.user, "assessment.view").of_contract(), provider=member.organisation_id)
    )
    covered = set(CoverageSpan.objects.filter(member=member).values_list("contract_id", flat=True))
    of_each = []
    for contract in contracts:
        if contract.pk not in covered | {row.contract_id for row in rows}:
            continue
        own = sorted({row.instrument for row in rows if row.contract_id == contract.pk})
        known = instruments_on(contract.pk, today_in([contract], timezone.now())).by_code
        figures = [
            drawn for code in own if (drawn := trend(contract.pk, code, list(standing(contract.pk, pk, code))))
        ]  # fmt: skip
        of_each.append(
            {
                "contract": contract,
                "rows": [row for row in rows if row.contract_id == contract.pk],
                "figures": figures,
                "may_record": bool(known) and may_on(request.user, "assessment.record", contract),
            }
        )
    return render(request, "authorizations/assessments_panel.html", {"member": member, "of_each": of_each})


@action("assessment.view")
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    shown = identity(request.user, [found.member])[found.member_id]
    request.access.note(verb="view", what=_("Assessment %(number)d") % {"number": pk}, members=[found.member_id])  # type: ignore[attr-defined]
    heading = _("%(instrument)s of %(person)s") % {"instrument": found.instrument, "person": shown.label}
    address = reverse("eligibility:member", args=[found.member_id])
    files = sides(request.user, "evidence.view")
    return render(
        request,
        "authorizations/assessment.html",
        {
            "assessment": found,
            "contract": found.contract,
            "shown": shown,
            "heading": heading,
            "files": [link.evidence for link in found.files.select_related("evidence").order_by("pk")],
            "may_open_files": found.organisation_id in files.provider
            or found.contract.commissioner_id in files.commissioner,
            "replaced_by": found.superseded_by.first(),
            "may_correct": found.withdrawn_at is None and may_on(request.user, "assessment.record", found.contract),
            "may_see_staff": may_see_staff(request.user, found.organisation_id),
            "crumbs": [(_("Members"), reverse("eligibility:members")), (shown.label, address), (heading, "")],
        },
    )


@limit_uploads(settings.EVIDENCE_LARGEST_BYTES)
@action("assessment.record")
def record(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract: Contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "assessment.record", contract)
    today = today_in([contract], timezone.now())
    known = instruments_on(contract.pk, today)
    form = AssessmentForm(
        request.POST or None,
        request.FILES or None,
        instruments=known.by_code,
        initial={"assessed_on": today, "assessor": request.user.name},  # type: ignore[union-attr]
    )

    def write() -> HttpResponse:
        refuse_large(request)
        found = operations.record(
            contract_id=contract.pk,
            member_id=pk,
            instrument=form.cleaned_data["instrument"],
            **form.values,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _suggests(found), "authorizations:assessment", found.pk)

    explain = _("Only score, date and assessor are kept; the items of a licensed instrument are not.")
    return member_form(request, member, _("Record an assessment"), form, write, explain=explain, submit=_("Record"))


@limit_uploads(settings.EVIDENCE_LARGEST_BYTES)
@action("assessment.record")
def supersede(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk)
    known = instruments_on(found.contract_id, found.assessed_on)
    form = CorrectAssessmentForm(
        request.POST or None,
        request.FILES or None,
        instruments={code: one for code, one in known.by_code.items() if code == found.instrument},
        initial={name: getattr(found, name) for name in ("score", "flags", "assessed_on", "assessor")},
    )

    def write() -> HttpResponse:
        refuse_large(request)
        right = operations.supersede(
            assessment_id=pk,
            **form.values,
            reason=form.cleaned_data["reason"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _suggests(right), "authorizations:assessment", right.pk)

    explain = _("A new assessment takes the place of this one, which stays readable with the reason.")
    return member_form(request, found.member, _("Correct an assessment"), form, write, explain=explain)


@action("assessment.record")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _allowed(request, pk)
    form = ReasonForm(request.POST or None)

    def write() -> HttpResponse:
        operations.withdraw(
            assessment_id=pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _("The assessment was withdrawn."), "authorizations:assessment", pk)

    explain = _("For an assessment of somebody else, or one that never took place. It counts for nothing from then on.")
    return member_form(request, found.member, _("Withdraw an assessment"), form, write, explain=explain, tone="danger")


def _suggests(found: Assessment) -> str:
    return _("The assessment is recorded. It suggests level %(level)s.") % {"level": found.suggested_level}


def _visible(request: HttpRequest, pk: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("contract", "member", "recorded_by", "supersedes")
    found: Any = visible_or_404(request, rows, pk=pk)
    return found


def _allowed(request: HttpRequest, pk: int) -> Assessment:
    found = _visible(request, pk)
    require(request, "assessment.record", found.contract)
    return found
