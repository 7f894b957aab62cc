"""Teams, practitioners and their caseloads."""

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require_at, visible_or_404
from accounts.permissions import may, may_at
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from eligibility import filters, forms, tables
from eligibility.models import Assignment, Practitioner, Team
from eligibility.operations import staff as operations
from eligibility.queries import staff as queries
from eligibility.queries.identities import identified
from eligibility.views.members import chosen_day


@action("team.view")
def teams(request: HttpRequest) -> HttpResponse:
    _on, today = chosen_day(request)
    return list_page(
        request,
        template="eligibility/teams.html",
        what=_("Teams"),
        name="teams",
        rows=queries.teams(request.user, today),
        table=tables.TeamTable,
        context={
            "heading": _("Teams"),
            "lead": _("Members are counted by the lead assignment in force today."),
            "may_manage": may(request.user, "team.manage"),
            "empty_text": _("A roster with a team column makes them, or add the first one here."),
        },
    )


@action("team.view")
def practitioners(request: HttpRequest) -> HttpResponse:
    _on, today = chosen_day(request)
    return list_page(
        request,
        template="eligibility/practitioners.html",
        what=_("Practitioners"),
        name="practitioners",
        rows=queries.practitioners(request.user, today),
        table=tables.PractitionerTable,
        filters=filters.StaffFilter,
        context={
            "heading": _("Practitioners"),
            "lead": _("Members are counted by the assignments in force today."),
            "may_manage": may(request.user, "team.manage"),
            "empty_text": _("A roster with a practitioner column makes them, or add the first one here."),
        },
    )


@action("team.view")
def team(request: HttpRequest, pk: int) -> HttpResponse:
    team = visible_or_404(request, Team.objects.visible_to(request.user), pk=pk)
    context = {
        "heading": team.name,
        "team": team,
        "may_manage": may_at(request.user, "team.manage", team.organisation_id),
    }
    return _caseload(request, "eligibility/team.html", context, team=team)


@action("team.view")
def practitioner(request: HttpRequest, pk: int) -> HttpResponse:
    one = visible_or_404(request, Practitioner.objects.visible_to(request.user).select_related("user"), pk=pk)
    context = {
        "heading": str(one),
        "practitioner": one,
        "may_manage": may_at(request.user, "team.manage", one.organisation_id),
    }
    return _caseload(request, "eligibility/practitioner.html", context, practitioner=one)


@action("member.identity")
def caseload(request: HttpRequest) -> HttpResponse:
    """My members: those of the practitioner that I am linked to."""
    _on, today = chosen_day(request)
    mine = list(Practitioner.objects.visible_to(request.user).filter(user=request.user))
    empty = (
        _("Nobody is assigned to you today.")
        if mine
        else _("Your account is not linked to a practitioner yet; a supervisor does that on the practitioner's page.")
    )
    return list_page(
        request,
        template="eligibility/caseload.html",
        what=_("My members"),
        name="my-members",
        rows=queries.my_members(request.user, today),
        table=tables.CaseloadTable,
        table_options={"user": request.user},
        members=_of_assignments(request),
        may_export=False,
        context={"heading": _("My members"), "lead": _("Whom you lead or cover today."), "empty_text": empty},
    )


def _caseload(request: HttpRequest, template: str, context: dict[str, Any], **whose: Any) -> HttpResponse:
    _on, today = chosen_day(request)
    return list_page(
        request,
        template=template,
        what=_("Caseload"),
        name="caseload",
        rows=queries.caseload(request.user, **whose),
        table=tables.CaseloadTable,
        table_options={"user": request.user},
        filters=filters.CaseloadFilter,
        filter_options={"today": today},
        members=_of_assignments(request),
        may_export=may(request.user, "member.export"),
        context={**context, "empty_text": _("Nobody is assigned here in that period.")},
    )


def _of_assignments(request: HttpRequest) -> Any:
    def members(records: list[Assignment]) -> list[int]:
        return identified(request.user, [record.member for record in records])

    return members


@action("team.manage")
def add_team(request: HttpRequest) -> HttpResponse:
    form = forms.NewTeamForm(request.POST or None, user=request.user)

    def write() -> HttpResponse:
        made = operations.create_team(
            organisation_id=form.cleaned_data["organisation"].pk,
            name=form.cleaned_data["name"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The team was added."), "eligibility:team", made.pk)

    return _form(request, _("Add a team"), form, write, (_("Teams"), reverse("eligibility:teams")))


@action("team.manage")
def rename_team(request: HttpRequest, pk: int) -> HttpResponse:
    team = visible_or_404(request, Team.objects.visible_to(request.user), pk=pk)
    require_at(request, "team.manage", team.organisation_id)
    form = forms.TeamForm(request.POST or None, initial={"name": team.name})

    def write() -> HttpResponse:
        operations.rename_team(team_id=pk, name=form.cleaned_data["name"], actor=request.user, now=timezone.now())
        return done(request, _("The team was renamed."), "eligibility:team", pk)

    return _form(request, _("Rename the team"), form, write, (team.name, reverse("eligibility:team", args=[pk])))


@action("team.manage")
def add_practitioner(request: HttpRequest) -> HttpResponse:
    form = forms.NewPractitionerForm(request.POST or None, user=request.user)

    def write() -> HttpResponse:
        made = operations.create_practitioner(
            organisation_id=form.cleaned_data["organisation"].pk,
            reference=form.cleaned_data["reference"],
            name=form.cleaned_data["name"],
            user_id=form.user_id,
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The practitioner was added."), "eligibility:practitioner", made.pk)

    parent = (_("Practitioners"), reverse("eligibility:practitioners"))
    return _form(request, _("Add a practitioner"), form, write, parent)


@action("team.manage")
def describe_practitioner(request: HttpRequest, pk: int) -> HttpResponse:
    one = visible_or_404(request, Practitioner.objects.visible_to(request.user), pk=pk)
    require_at(request, "team.manage", one.organisation_id)
    form = forms.PractitionerForm(
        request.POST or None,
        organisation_ids=[one.organisation_id],
        initial={"name": one.name, "user": one.user_id},
    )

    def write() -> HttpResponse:
        operations.describe_practitioner(
            practitioner_id=pk,
            name=form.cleaned_data["name"],
            user_id=form.user_id,
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The practitioner was changed."), "eligibility:practitioner", pk)

    parent = (str(one), reverse("eligibility:practitioner", args=[pk]))
    return _form(request, _("Change name and account"), form, write, parent)


def _form(
    request: HttpRequest, heading: str, form: django_forms.Form, write: Any, parent: tuple[str, str]
) -> HttpResponse:
    """A form page below `parent` (name, address)."""
    context = {"heading": heading, "form": form, "cancel": parent[1], "crumbs": [parent, (heading, "")]}
    if request.method == "POST" and form.is_valid():
        try:
            return write()
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
    return render(request, "kit/form_page.html", context, status=form_status(form))
