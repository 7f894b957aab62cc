"""Assign, cover, end, withdraw, and hand many members over at once."""

import hashlib
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require_at, visible_or_404
from accounts.permissions import sides
from blended_pilot.kernel.errors import Refused
from eligibility import forms
from eligibility.filters import MemberFilter
from eligibility.models import Assignment, Member
from eligibility.operations import assignments as operations
from eligibility.queries.assignments import Fate, Move, plan_hand_over
from eligibility.queries.identities import identified, identity
from eligibility.views.members import chosen_day
from eligibility.views.pages import about, member_form

MOVES_SHOWN = 200


@action("member.assign")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = forms.AssignForm(request.POST or None, organisation_id=member.organisation_id)

    def write() -> HttpResponse:
        operations.assign(
            member_id=pk,
            **form.staff,
            starts_on=form.cleaned_data["starts_on"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("Assigned."), "eligibility:member", pk)

    explain = _("Who looks after the member from that day on. The lead before ends there.")
    return member_form(request, member, _("Assign"), form, write, explain=explain)


@action("member.assign")
def cover(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = forms.CoverForm(request.POST or None, organisation_id=member.organisation_id)

    def write() -> HttpResponse:
        operations.cover(
            member_id=pk,
            **form.staff,
            starts_on=form.cleaned_data["starts_on"],
            ends_before=form.ends_before,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("Cover is arranged."), "eligibility:member", pk)

    explain = _("Somebody who stands in for a period. The lead stays the lead.")
    return member_form(request, member, _("Arrange cover"), form, write, explain=explain)


@action("member.assign")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment(request, pk)
    form = forms.EndForm(request.POST or None)

    def write() -> HttpResponse:
        operations.end_assignment(
            assignment_id=pk,
            ends_before=form.ends_before,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The assignment ends that day."), "eligibility:member", assignment.member_id)

    return member_form(request, assignment.member, _("End an assignment"), form, write, facts=about(assignment))


@action("member.assign")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment(request, pk)
    form = forms.WithdrawForm(request.POST or None)

    def write() -> HttpResponse:
        operations.withdraw_assignment(assignment_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())
        return done(request, _("The assignment was taken back."), "eligibility:member", assignment.member_id)

    return member_form(
        request,
        assignment.member,
        _("Withdraw an assignment"),
        form,
        write,
        facts=about(assignment),
        explain=_("For a mistake: as if it had never been. Its history stays. To let it end, end it instead."),
        tone="danger",
    )


@action("member.assign")
def hand_over(request: HttpRequest) -> HttpResponse:
    """Choose, look at what would happen, confirm: the members are those that the address's filters select."""
    members = _selected(request)
    organisations = {member.organisation_id for member in members}
    context: dict[str, Any] = {
        "count": len(members),
        "back": f"{reverse('eligibility:members')}?{request.GET.urlencode()}",
    }
    if len(organisations) != 1:
        return render(request, "eligibility/hand_over.html", context)
    [organisation_id] = organisations
    require_at(request, "member.assign", organisation_id)
    form = forms.HandOverForm(request.POST or None, organisation_id=organisation_id)
    context["form"] = form
    if request.method != "POST" or not form.is_valid():
        return render(request, "eligibility/hand_over.html", context, status=form_status(form))
    chosen = {**form.staff, "starts_on": form.cleaned_data["starts_on"]}
    selection = _digest(members)
    if request.POST.get("confirm") != selection:
        moves = plan_hand_over(members, **chosen)
        context |= _preview(request, moves, selection, changed="confirm" in request.POST)
        return render(request, "eligibility/hand_over.html", context)
    try:
        result = operations.hand_over(
            member_ids=[member.pk for member in members],
            **chosen,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, "eligibility/hand_over.html", context)
    sentence = _("Handed over: %(moved)s moved, %(new)s newly assigned, %(unchanged)s were there already.")
    return done(
        request,
        sentence % {"moved": result.moved, "new": result.new, "unchanged": result.unchanged},
        "eligibility:members",
    )


def _selected(request: HttpRequest) -> list[Member]:
    _on, today = chosen_day(request)
    assignable = Member.objects.visible_to(request.user).filter(
        organisation__in=sides(request.user, "member.assign").provider
    )
    found = MemberFilter(request.GET, queryset=assignable, request=request, user=request.user, today=today)
    return list(found.qs.order_by("reference", "pk"))


def _digest(members: list[Member]) -> str:
    """Tells a confirmation of what was previewed from one of a selection that has changed since."""
    return hashlib.sha256(",".join(str(member.pk) for member in members).encode()).hexdigest()


def _preview(request: HttpRequest, moves: list[Move], selection: str, *, changed: bool) -> dict[str, Any]:
    counts = Counter(move.fate for move in moves)
    order = [Fate.BLOCKED, Fate.MOVES, Fate.NEW, Fate.UNCHANGED]
    listed = sorted(moves, key=lambda move: order.index(move.fate))[:MOVES_SHOWN]
    members = [move.member for move in listed]
    shown = identity(request.user, members)
    request.access.note(verb="view", what=_("Hand-over preview"), members=identified(request.user, members))
    return {
        "selection": selection,
        "changed": changed,
        "counts": [(fate.label, counts[fate]) for fate in order if counts[fate]],
        "blocked": counts[Fate.BLOCKED],
        "to_do": counts[Fate.MOVES] + counts[Fate.NEW],
        "moves": [(shown[move.member.pk], move) for move in listed],
        "left_out": len(moves) - len(listed),
    }


def _member(request: HttpRequest, pk: int) -> Member:
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    require_at(request, "member.assign", member.organisation_id)
    return member


def _assignment(request: HttpRequest, pk: int) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).select_related("member", "practitioner", "team")
    assignment: Assignment = visible_or_404(request, rows, pk=pk)
    require_at(request, "member.assign", assignment.organisation_id)
    return assignment
