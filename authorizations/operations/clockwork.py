"""The clock on a request: started at receipt, moved by questions, watched until somebody decides.

These change the request that they are given, which the calling operation has locked and saves.
"""

from datetime import datetime

from authorizations.models import Question, Request
from authorizations.rules.clocks import Pause, due, extended, moment_of
from authorizations.rules.terms import CopiedTerms

EXTEND, PAUSE, NONE = "extend", "pause", "none"


def start(request: Request, terms: CopiedTerms) -> None:
    """At receipt. A contract without a clock sets no due time."""
    if terms.clock is not None and request.received_at is not None:
        request.due_at = request.first_due_at = due(terms.clock, request.received_at, terms.calendar).at
    watch(request, terms)


def effect_of_question(request: Request, terms: CopiedTerms, now: datetime) -> str:
    """What a question asked now does: an extension is given once, and nothing brings back time that has run out."""
    if request.due_at is None or now > request.due_at:
        return NONE
    if terms.effect == EXTEND and request.questions.filter(effect=EXTEND).exists():
        return NONE
    return terms.effect


def ask(request: Request, terms: CopiedTerms, effect: str, now: datetime) -> None:
    if effect == EXTEND and terms.clock is not None and request.due_at is not None:
        request.due_at = extended(request.due_at, terms.extension_days, terms.clock, terms.calendar)
    if effect == PAUSE:
        request.stopped_at = now
    watch(request, terms)


def resume(request: Request, terms: CopiedTerms, question: Question, now: datetime) -> None:
    """After an answer: a clock that stood goes on, with all the time that it has stood left out."""
    if request.stopped_at is not None and terms.clock is not None and request.received_at is not None:
        pauses = [
            Pause(asked, answered)
            for asked, answered in request.questions.filter(effect=PAUSE, answered_at__isnull=False)
            .exclude(pk=question.pk)
            .values_list("asked_at", "answered_at")
        ]
        pauses.append(Pause(request.stopped_at, now))
        request.due_at = due(terms.clock, request.received_at, terms.calendar, pauses=pauses).at
        request.stopped_at = None
    watch(request, terms)


def watch(request: Request, terms: CopiedTerms) -> None:
    """Note when the clock next has something to say: a warning that was not given yet, or that it is late."""
    request.watch_at = None
    if request.due_at is None or request.stopped_at is not None or request.late_at is not None:
        return
    assert request.received_at is not None  # what has a due time was received
    assert request.first_due_at is not None
    moments = [
        moment_of(
            percent,
            received_at=request.received_at,
            first_due_at=request.first_due_at,
            due_at=request.due_at,
            effect=terms.effect,
        )
        for percent in terms.authorization.clocks.warn_at_percent
        if percent not in request.warned_percents
    ]
    request.watch_at = min([*moments, request.due_at])
