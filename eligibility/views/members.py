"""Members: the list, one member's page, its history, and who saw it."""

from collections.abc import Container, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.doors import action, form_status, refused, visible_or_404
from accounts.permissions import may, may_at, sides
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from contracts.models import Contract
from eligibility import filters, tables
from eligibility.forms import RevealForm
from eligibility.models import Member
from eligibility.operations.identities import reveal as allow_reveal
from eligibility.queries.access import seen_by
from eligibility.queries.history import member_history
from eligibility.queries.identities import identified, identity
from eligibility.queries.intake import intake_of, may_see_staff
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import profile, today_in

HISTORY_PAGE = 50


def chosen_day(request: HttpRequest) -> tuple[date, date]:
    """(the day the list is asked for, today) in the timezone of the person's first contract."""
    today = today_in(list(contracts_of(request.user)[:1]), timezone.now())
    try:
        return parse_date(request.GET.get("on", "")) or today, today
    except ValueError:
        return today, today


@action("member.view")
def members(request: HttpRequest) -> HttpResponse:
    on, today = chosen_day(request)
    return list_page(
        request,
        template="eligibility/members.html",
        what=_("Members"),
        name="members",
        rows=Member.objects.visible_to(request.user),
        table=tables.MemberTable,
        table_options={"user": request.user, "on": on},
        filters=filters.MemberFilter,
        filter_options={"user": request.user, "today": today},
        members=lambda records: identified(request.user, records),
        may_export=may(request.user, "member.export"),
        context={
            "heading": _("Members"),
            "on": on,
            "pseudonymous": not may(request.user, "member.reference"),
            "may_assign": may(request.user, "member.assign"),
            "empty_text": _("Members come with the first roster that is sent for a contract."),
        },
    )


@action("member.view")
def member(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, visible_or_404(request, Member.objects.visible_to(request.user), pk=pk))


@require_POST
@never_cache
@action("member.reveal")
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with the name on it, once: nothing is kept, the address goes back to the pseudonym."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, member, reveal_form=form)
    reason = form.cleaned_data["reason"]
    try:
        revealed = allow_reveal(member_id=pk, reason=reason, actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "eligibility/member.html", _context(request, member, reveal_form=form))
    request.access.note(verb="reveal", what=_("Member page"), members=[pk], reason=reason)
    return _page(request, member, revealed=revealed)


def _page(
    request: HttpRequest, member: Member, *, revealed: Container[int] = (), reveal_form: RevealForm | None = None
) -> HttpResponse:
    request.access.note(verb="view", what=_("Member page"), members=[member.pk])
    form = reveal_form or RevealForm()
    return render(
        request,
        "eligibility/member.html",
        _context(request, member, revealed=revealed, reveal_form=form),
        status=form_status(form),
    )


def _context(
    request: HttpRequest, member: Member, *, reveal_form: RevealForm, revealed: Container[int] = ()
) -> dict[str, Any]:
    user = request.user
    shown = identity(user, [member], revealed=revealed)[member.pk]
    found = profile(user, member, timezone.now())
    return {
        "member": member,
        "shown": shown,
        "profile": found,
        "reveal_form": reveal_form,
        "may_reveal": shown.name is None and _may_reveal(user, member, [one.contract for one in found.contracts]),
        "may_assign": may_at(user, "member.assign", member.organisation_id),
        "may_record": member.organisation_id in sides(user, "activity.record").provider,
        "may_correct": member.organisation_id in sides(user, "coverage.correct").provider,
        "may_see_money": may(user, "cycle.view"),
        "may_merge": may_at(user, "member.merge", member.organisation_id),
        "may_depart": member.organisation_id in sides(user, "member.depart").provider,
        "may_determine": member.organisation_id in sides(user, "determination.make").provider,
        "may_see_assessments": may(user, "assessment.view"),
        "may_see_requests": may(user, "request.view"),
        "intake": intake_of(user, member),
        "may_see_staff": may_see_staff(user, member.organisation_id),
        "may_open_feeds": member.organisation_id in sides(user, "feed.view").provider,
    }


def _may_reveal(user: Any, member: Member, contracts: Sequence[Contract]) -> bool:
    where = sides(user, "member.reveal")
    return member.organisation_id in where.provider or any(
        contract.commissioner_id in where.commissioner for contract in contracts
    )


@action("member.view")
def history(request: HttpRequest, pk: int) -> HttpResponse:
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    request.access.note(verb="view", what=_("Member history"), members=[member.pk])
    entries = member_history(request.user, member)
    return render(
        request,
        "eligibility/history.html",
        {
            "member": member,
            "shown": identity(request.user, [member])[member.pk],
            "entries": entries if "all" in request.GET else entries[:HISTORY_PAGE],
            "more": 0 if "all" in request.GET else max(0, len(entries) - HISTORY_PAGE),
            "contract": _contract_of(request, member),
        },
    )


def _contract_of(request: HttpRequest, member: Member) -> Contract | None:
    """The contract in whose timezone the moments of this member's pages are told."""
    found: Contract | None = contracts_of(request.user).filter(provider=member.organisation_id).first()
    return found


@action("access.view")
def access(request: HttpRequest, pk: int) -> HttpResponse:
    """Who saw this person: every logged response that carried their identity."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    shown = identity(request.user, [member])[member.pk]
    return list_page(
        request,
        template="eligibility/access.html",
        what=_("Who saw a member"),
        name="access",
        rows=seen_by(request.user, member),
        table=tables.SeenTable,
        table_options={"contract": _contract_of(request, member)},
        note="view",
        context={
            "heading": _("Who saw %(member)s") % {"member": shown.label},
            "member": member,
            "shown": shown,
            "empty_text": _("Nobody has opened this member's page or a list that shows them."),
        },
    )
