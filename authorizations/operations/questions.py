"""Asking the requester before deciding, and answering."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations import lifecycle
from authorizations.models import Question, Request, Status
from authorizations.operations import clockwork, telling
from authorizations.operations.distance import require_distance
from authorizations.operations.moves import NotInThisState, locked, require_move
from authorizations.rules.terms import read
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused


class NothingSaid(Refused):
    """A question or an answer without words."""


def ask(*, request_id: int, text: str, actor: User, now: datetime) -> Question:
    """Ask the requester. The clock is extended, stands, or runs on, as the terms of the request say.

    Raises NotAllowed, NothingSaid, TooNear, NotInThisState.
    """
    if not text.strip():
        raise NothingSaid(_("Write down what you ask."))
    with recording(actor=actor, reason=_("Question asked")):
        found = locked(request_id)
        require_on(actor, "request.decide", found.contract, _("Only a clinical lead of the provider asks."))
        require_move(found, lifecycle.QUESTIONED)
        require_distance(request=found, actor=actor)
        terms = read(found.terms)
        effect = clockwork.effect_of_question(found, terms, now)
        before = found.due_at
        clockwork.ask(found, terms, effect, now)
        question = Question.objects.create(
            organisation_id=found.organisation_id,
            about=found,
            text=text.strip(),
            asked_by=actor,
            asked_at=now,
            effect=effect,
            due_before=before,
            due_after=found.due_at,
        )
        found.status = Status.QUESTIONED
        found.assigned_to = found.assigned_to or actor
        found.assigned_at = found.assigned_at or now
        found.save()
        telling.asked(found, effect, now)
        return question


def answer(*, request_id: int, text: str, actor: User, now: datetime) -> Question:
    """Answer the open question; a clock that stood goes on. Raises NotAllowed, NothingSaid, NotInThisState."""
    if not text.strip():
        raise NothingSaid(_("Write down the answer."))
    with recording(actor=actor, reason=_("Question answered")):
        found = locked(request_id)
        require_on(actor, "request.make", found.contract, _("Only the provider's care team answers."))
        question = _open_question(found)
        if question.asked_by_id == actor.pk:
            raise NotInThisState(_("Somebody else than who asked has to answer."))
        clockwork.resume(found, read(found.terms), question, now)
        question.answer, question.answered_by, question.answered_at = text.strip(), actor, now
        question.due_after = found.due_at
        question.save()
        found.status = Status.SUBMITTED
        found.save()
        telling.answered(found, [found.assigned_to or question.asked_by], now)
        return question


def _open_question(request: Request) -> Question:
    if request.status == Status.SUBMITTED:
        last = request.questions.select_related("answered_by").order_by("answered_at").last()
        if last is None or last.answered_by is None:
            raise NotInThisState(_("%(request)s has no open question.") % {"request": request})
        raise NotInThisState(
            _("%(request)s has no open question: %(who)s answered the last one.")
            % {"request": request, "who": last.answered_by.name}
        )
    if request.status != Status.QUESTIONED:
        require_move(request, lifecycle.SUBMITTED)
    found: Question = request.questions.select_for_update().select_related("asked_by").get(answered_at=None)
    return found
