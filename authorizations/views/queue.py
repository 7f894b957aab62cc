"""The queue, and deciding one request on one screen. There is no page that decides many."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may, may_on
from authorizations import filters, forms, tables
from authorizations.models import Outcome, Request
from authorizations.operations import queue as operations
from authorizations.operations.clockwork import effect_of_question
from authorizations.operations.decisions import decide
from authorizations.operations.distance import too_near
from authorizations.operations.questions import ask
from authorizations.queries import queue as queries
from authorizations.queries.levels import lapsed_count
from authorizations.queries.people import may_take
from authorizations.queries.review import review as reviewed
from authorizations.rules.terms import read, service_name
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from eligibility.queries.identities import identified, identity
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in


@action("queue.view")
def queue(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    counts = queries.counts(request.user, now)
    return list_page(
        request,
        template="authorizations/queue.html",
        what=_("Queue"),
        name="queue",
        rows=queries.queue(request.user),
        total=counts.waiting,
        table=tables.QueueTable,
        table_options={"user": request.user, "now": now},
        filters=filters.QueueFilter,
        filter_options={"user": request.user, "now": now},
        members=lambda records: identified(request.user, [record.member for record in records]),
        context={
            "heading": _("Queue"),
            "kpis": _figures(request, counts, now),
            "empty_text": _("Every request is decided. New ones appear here as soon as they are submitted."),
        },
    )


def _figures(request: HttpRequest, counts: queries.Counts, now: Any) -> list[dict[str, Any]]:
    here = reverse("authorizations:queue")
    today = today_in(list(contracts_of(request.user)[:1]), now)
    without = lapsed_count(request.user, today)
    return [
        {
            "label": _("Overdue"),
            "value": counts.overdue,
            "note": _("of %(all)s waiting") % {"all": counts.waiting},
            "tone": "bad" if counts.overdue else "good",
            "url": f"{here}?due=overdue",
        },
        {
            "label": _("Due within 24 hours"),
            "value": counts.soon,
            "note": _("%(count)s wait for an answer, %(confirm)s to be confirmed")
            % {"count": counts.questioned, "confirm": counts.to_confirm},
            "tone": "warn" if counts.soon else "good",
            "url": f"{here}?due=soon",
        },
        {
            "label": _("Given to me"),
            "value": counts.mine,
            "note": _("%(count)s given to nobody") % {"count": counts.unassigned},
            "tone": "info",
            "url": f"{here}?whose=mine",
        },
        {
            "label": _("Levels lapsed without a decision"),
            "value": without,
            "note": _("Overdue decisions: care goes on, the paid level has fallen"),
            "tone": "bad" if without else "good",
            "url": reverse("authorizations:lapsed"),
        },
    ]


@action("queue.view")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything needed to decide on one screen; a POST decides, or asks."""
    found = _found(request, pk)
    require(request, "queue.view", found.contract)
    if request.method != "POST":
        return render(request, "authorizations/review.html", _context(request, found))
    require(request, "request.decide", found.contract)
    terms = read(found.terms)
    effect = effect_of_question(found, terms, timezone.now())
    form = forms.VerdictForm(request.POST, request=found, terms=terms, effect=effect)
    if not form.is_valid():
        return render(request, "authorizations/review.html", _context(request, found, form), status=form_status(form))
    try:
        return _decided(request, found, form)
    except Refused as error:
        # what was typed stays in the form, also for the one who came second
        return refused(request, error, "authorizations/review.html", _context(request, _found(request, pk), form))


def _decided(request: HttpRequest, found: Request, form: forms.VerdictForm) -> HttpResponse:
    now = timezone.now()
    if form.asks:
        ask(request_id=found.pk, text=form.cleaned_data["question"], actor=request.user, now=now)
        sentence = _("%(request)s: the question is sent.") % {"request": found}
    else:
        entry = decide(request_id=found.pk, verdict=form.given, actor=request.user, now=now)
        sentence = _("%(request)s: %(outcome)s, decision %(number)s.") % {
            "request": found,
            "outcome": str(entry.get_outcome_display()).lower(),
            "number": entry.number,
        }
    return done(request, sentence, "authorizations:queue")


@require_POST
@action("request.decide")
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, "request.decide", operations.claim, _("%(request)s is yours."))


def _moved(
    request: HttpRequest, pk: int, name: str, operation: Callable[..., Any], sentence: str, **given: Any
) -> HttpResponse:
    found = _found(request, pk)
    require(request, name, found.contract)
    try:
        operation(request_id=pk, actor=request.user, now=timezone.now(), **given)
    except Refused as error:
        return refused(request, error, "authorizations/review.html", _context(request, _found(request, pk)))
    return done(request, sentence % {"request": found}, "authorizations:review", pk)


@action("request.assign")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.assign", found.contract)
    form = forms.AssignForm(request.POST or None, people=may_take(found, timezone.now()))
    return _form_page(
        request,
        found,
        form,
        heading=_("Give %(request)s to somebody"),
        submit=_("Give"),
        sentence=_("%(request)s was given on."),
        write=lambda given: operations.assign(
            request_id=pk, to_id=given["to"], reason=given["reason"], actor=request.user, now=timezone.now()
        ),
    )


@action("request.assign")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.assign", found.contract)
    return _form_page(
        request,
        found,
        ReasonForm(request.POST or None),
        heading=_("Put %(request)s back"),
        submit=_("Put back"),
        sentence=_("%(request)s waits for anybody."),
        write=lambda given: operations.release(
            request_id=pk, reason=given["reason"], actor=request.user, now=timezone.now()
        ),
    )


@action("request.decide")
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request, "request.decide", found.contract)
    return _form_page(
        request,
        found,
        forms.ConflictForm(request.POST or None),
        heading=_("Conflict of interest: %(request)s"),
        submit=_("Keep away from it"),
        sentence=_("You keep away from %(request)s."),
        tone="danger",
        write=lambda given: operations.declare_conflict(
            request_id=pk, reason=given["reason"], actor=request.user, now=timezone.now()
        ),
    )


def _form_page(
    request: HttpRequest,
    found: Request,
    form: Any,
    *,
    heading: str,
    submit: str,
    sentence: str,
    write: Callable[[dict[str, Any]], Any],
    tone: str = "",
) -> HttpResponse:
    title = heading % {"request": found}
    context = {
        "heading": title,
        "form": form,
        "submit": submit,
        "tone": tone,
        "cancel": reverse("authorizations:review", args=[found.pk]),
        "crumbs": _crumbs(found, title),
    }
    if request.method == "POST" and form.is_valid():
        try:
            write(form.cleaned_data)
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, sentence % {"request": found}, "authorizations:queue")
    return render(request, "kit/form_page.html", context, status=form_status(form))


def _found(request: HttpRequest, pk: int) -> Request:
    rows = (
        Request.objects.visible_to(request.user)
        .filter(received_at__isnull=False)
        .select_related("contract", "member", "requested_by", "assigned_to", "assessment", "reconsiders", "team")
    )
    found: Request = visible_or_404(request, rows, pk=pk)
    return found


def _crumbs(found: Request, last: str = "") -> list[tuple[str, str]]:
    first = [(_("Queue"), reverse("authorizations:queue"))]
    if not last:
        return [*first, (str(found), "")]
    return [*first, (str(found), reverse("authorizations:review", args=[found.pk])), (last, "")]


def _context(request: HttpRequest, found: Request, form: forms.VerdictForm | None = None) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    shown = identity(user, [found.member])[found.member_id]
    request.access.note(verb="view", what=_("Review"), members=[found.member_id] if shown.identified else [])
    sight = reviewed(found, now)
    waiting = found.status in Request.WAITING
    near = too_near(request=found, actor=user) if may_on(user, "request.decide", found.contract) else ""
    decides = waiting and may_on(user, "request.decide", found.contract) and not near
    entries = list(found.decisions.select_related("decided_by").order_by("number"))
    if form is None and decides:
        first = forms.first_verdict(found, sight.terms, sight.terms.calendar.day_of(now))
        effect = effect_of_question(found, sight.terms, now)
        form = forms.VerdictForm(initial=first, request=found, terms=sight.terms, effect=effect)
    return {
        "found": found,
        "sight": sight,
        "shown": shown,
        "contract": found.contract,
        "asked_for": tables.asked_for(found),
        "service": service_name(found.terms, found.service),
        "due": tables.due_badge(found, now) if waiting else "",
        "waiting": waiting,
        "near": near,
        "form": form,
        "decides": decides,
        "may_assign": waiting and may_on(user, "request.assign", found.contract),
        "letters": may_on(user, "letter.make", found.contract),
        "may_see_members": may(user, "member.view"),
        "entries": [(entry, forms.OUTCOME_TONES[Outcome(entry.outcome)]) for entry in entries],
        "earlier": [(entry, forms.OUTCOME_TONES[Outcome(entry.outcome)]) for entry in sight.decisions],
        "compared": [(entry, forms.OUTCOME_TONES[Outcome(entry.outcome)]) for entry in sight.compared.rows],
        "level_name": sight.terms.levels.get(found.requested_level, ""),
        "difference_words": forms.reason_words(found.difference_reason) if found.difference_reason else "",
        "following": queries.following(user, found) if waiting else None,
        "crumbs": _crumbs(found),
    }
