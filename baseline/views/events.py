"""Complaints and safety signals: the list, one event, recording, taking up and closing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may, may_on, offered, sides
from baseline.filters.events import EventFilter
from baseline.forms.events import (
    CloseEventForm,
    CorrectEventForm,
    OwnedForm,
    RecordEventForm,
    ReopenEventForm,
    SafeguardingForm,
)
from baseline.models import Event
from baseline.operations import events as operations
from baseline.queries.activity import contracts_of
from baseline.queries.event_history import event_history, members_named
from baseline.queries.reviews import local_today
from baseline.tables.events import EventTable
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from contracts.models import Contract
from eligibility.models import Member, Source
from eligibility.queries.identities import identified, identity
from eligibility.views.members import chosen_day


@action("event.view")
def events(request: HttpRequest) -> HttpResponseBase:
    _on, today = chosen_day(request)
    rows = Event.objects.visible_to(request.user).select_related("member", "contract", "team", "owner")
    return list_page(
        request,
        template="baseline/events.html",
        what=_("Complaints and safety signals"),
        name="events",
        rows=rows.order_by("-occurred_on", "-pk"),
        table=EventTable,
        table_options={"user": request.user, "on": today, "staff": offered(request.user, "team.view")},
        filters=EventFilter,
        filter_options={"user": request.user},
        members=lambda found: identified(request.user, [one.member for one in found]),
        may_export=may(request.user, "activity.export"),
        context={
            "heading": _("Complaints and safety signals"),
            "contracts": Contract.objects.filter(sides(request.user, "event.view").of_contract()).order_by("code"),
            "lead": _("What members or their families complained about, and signs that somebody's safety is at risk."),
            "empty_title": _("Nothing is recorded"),
            "empty_text": _("They come with an events file, or are recorded on a member's page."),
        },
    )


@action("event.view")
def event(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    return render(request, "baseline/event.html", _context(request, found))


@action("event.record")
def record(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Record one for a member, under a contract."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract = visible_or_404(request, contracts_of(request.user), code=code)
    require(request, "event.record", contract)
    request.access.note(verb="view", what=_("Record a complaint or safety signal"), members=[pk])  # type: ignore[attr-defined]
    today = local_today(contract, timezone.now())
    shown = identity(request.user, [member])[pk]
    form = RecordEventForm(
        request.POST or None,
        organisation_id=contract.provider_id,
        safeguarding=may_on(request.user, "safeguarding.view", contract),
        initial={"occurred_on": today},
    )
    heading = _("Record a complaint or safety signal")
    context = {
        "heading": heading,
        "lead": shown.label,
        "form": form,
        "submit": _("Record"),
        "cancel": reverse("eligibility:member", args=[pk]),
        "crumbs": [
            (_("Complaints and safety signals"), reverse("baseline:events")),
            (shown.code, reverse("eligibility:member", args=[pk])),
            (heading, ""),
        ],
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "kit/form_page.html", context, status=form_status(form))
    try:
        made = operations.record(
            contract_id=contract.pk,
            member_id=pk,
            **form.owned,
            today=today,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, "kit/form_page.html", context)
    return done(request, _("It is recorded."), "baseline:event", made.pk)


@action("event.close")
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    require(request, "event.close", found.contract)
    form = OwnedForm(
        request.POST or None,
        organisation_id=found.organisation_id,
        initial={
            "owner": found.owner_id,
            "due_on": found.due_on,
            "category": found.category,
            "severity": found.severity,
        },
    )

    def write() -> None:
        operations.take_up(event_id=pk, **form.owned, actor=request.user, now=timezone.now())  # type: ignore[arg-type]

    return _form(request, found, _("Say who deals with it"), form, write)


@action("event.close")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    require(request, "event.close", found.contract)
    today = local_today(found.contract, timezone.now())
    form = CloseEventForm(request.POST or None, initial={"closed_on": today, "learning": found.learning})

    def write() -> None:
        operations.close(
            event_id=pk,
            **form.cleaned_data,
            today=today,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )

    return _form(request, found, _("Close with what was learned"), form, write)


@action("event.close")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right what an open event says."""
    found = _visible(request, pk)
    require(request, "event.close", found.contract)
    request.access.note(verb="view", what=_("Complaint or safety signal"), members=[found.member_id])  # type: ignore[attr-defined]
    form = CorrectEventForm(
        request.POST or None,
        user=request.user,
        initial={
            "member": identity(request.user, [found.member])[found.member_id].code,
            "kind": found.kind,
            "occurred_on": found.occurred_on,
            "description": found.description,
        },
    )

    def write() -> None:
        said = dict(form.cleaned_data)
        operations.correct(
            event_id=pk,
            member_id=said.pop("member").pk,
            **said,
            today=local_today(found.contract, timezone.now()),
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )

    return _form(request, found, _("Correct"), form, write)


@action("event.close")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open again what was closed here."""
    found = _visible(request, pk)
    require(request, "event.close", found.contract)
    form = ReopenEventForm(request.POST or None)

    def write() -> None:
        operations.reopen(event_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())  # type: ignore[arg-type]

    return _form(request, found, _("Open again"), form, write)


@action("safeguarding.view")
def safeguarding(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said about safeguarding: read, and by the provider's care team written, on a page of its own."""
    found = _visible(request, pk)
    require(request, "safeguarding.view", found.contract)
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=_("Safeguarding text"), members=[found.member_id]
    )
    form = SafeguardingForm(request.POST or None, initial={"text": found.safeguarding})
    if request.method == "POST":
        require(request, "event.record", found.contract)

    def write() -> None:
        operations.write_safeguarding(
            event_id=pk,
            text=form.cleaned_data["text"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )

    return _form(request, found, _("Safeguarding"), form, write, template="baseline/safeguarding.html")


def _form(
    request: HttpRequest, found: Event, heading: str, form: Any, write: Any, *, template: str = "kit/form_page.html"
) -> HttpResponse:
    back = reverse("baseline:event", args=[found.pk])
    context = {
        "event": found,
        "heading": heading,
        "lead": found.event_ref,
        "form": form,
        "cancel": back,
        "may_write": may_on(request.user, "event.record", found.contract) and found.closed_on is None,
        "crumbs": [
            (_("Complaints and safety signals"), reverse("baseline:events")),
            (found.event_ref, back),
            (heading, ""),
        ],
    }
    if request.method == "POST" and form.is_valid():
        try:
            write()
        except Refused as error:
            return refused(request, error, template, context)
        return done(request, _("It is written down."), "baseline:event", found.pk)
    return render(request, template, context, status=form_status(form))


def _visible(request: HttpRequest, pk: int) -> Event:
    rows = Event.objects.visible_to(request.user).select_related(
        "member", "contract", "team", "owner", "closed_by", "recorded_by"
    )
    found: Event = visible_or_404(request, rows, pk=pk)
    return found


def _context(request: HttpRequest, found: Event) -> dict[str, Any]:
    on = found.contract
    shown = identity(request.user, [found.member])[found.member_id]
    changes = event_history(request.user, found) if may_on(request.user, "team.view", on) else []
    named = Member.objects.filter(pk__in=members_named(found) if changes else [found.member_id])
    if members := identified(request.user, named):
        request.access.note(  # type: ignore[attr-defined]
            verb="view", what=_("Complaint or safety signal"), members=members
        )
    return {
        "heading": f"{found.get_kind_display()}: {found.category}" if found.category else found.get_kind_display(),
        "event": found,
        "contract": on,
        "shown": shown,
        "overdue": found.closed_on is None
        and found.due_on is not None
        and found.due_on < local_today(on, timezone.now()),
        "reads_words": may_on(request.user, "clinical.view", on) or may_on(request.user, "event.close", on),
        "reads_safeguarding": may_on(request.user, "safeguarding.view", on),
        "staff": may_on(request.user, "team.view", on),
        "may_close": may_on(request.user, "event.close", on) and found.closed_on is None,
        "may_correct": may_on(request.user, "event.close", on)
        and found.closed_on is None
        and found.source != Source.FEED,
        "may_reopen": may_on(request.user, "event.close", on) and found.closed_by_id is not None,
        "changes": changes,
        "crumbs": [(_("Complaints and safety signals"), reverse("baseline:events")), (found.event_ref, "")],
    }
