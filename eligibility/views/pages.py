"""What the form pages of one member have in common."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.doors import form_status, refused
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.templatetags.kit import day, last_day
from eligibility.models import Assignment, Member
from eligibility.queries.identities import identity

TEMPLATE = "eligibility/member_form.html"


def member_form(
    request: HttpRequest,
    member: Member,
    heading: str,
    form: forms.Form,
    write: Callable[[], HttpResponse],
    **extra: Any,
) -> HttpResponse:
    """A form about one member: shown (and logged), or `write` called when it is right; a refusal goes above it."""
    shown = identity(request.user, [member])[member.pk]
    request.access.note(verb="view", what=heading, members=[member.pk])  # type: ignore[attr-defined]
    address = reverse("eligibility:member", args=[member.pk])
    context = {
        "heading": heading,
        "lead": shown.label if shown.label == shown.code else f"{shown.label} ({shown.code})",
        "crumbs": [(_("Members"), reverse("eligibility:members")), (shown.label, address), (heading, "")],
        "form": form,
        "cancel": address,
        **extra,
    }
    if request.method == "POST" and form.is_valid():
        try:
            return write()
        except Refused as error:
            return refused(request, error, TEMPLATE, context)
    return render(request, TEMPLATE, context, status=form_status(form))


def about(assignment: Assignment) -> list[tuple[str, Any]]:
    """An assignment as facts above a form."""
    return [
        (_("As"), assignment.get_kind_display()),
        (_("Practitioner"), str(assignment.practitioner or "")),
        (_("Team"), str(assignment.team or "")),
        (_("First day"), day(assignment.starts_on)),
        (_("Last day"), last_day(assignment.ends_before)),
    ]
