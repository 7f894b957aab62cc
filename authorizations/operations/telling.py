"""Notices about requests. They name the request and never the member: the page behind them decides who sees whom."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.operations.notices import notify
from authorizations.models import Decision, EntryKind, Request
from contracts.models import Contract


def tell(request: Request, to: Iterable[User], kind: str, sentence: str, now: datetime, **more: str) -> None:
    """`sentence` may use %(request)s, %(due)s and what is given beside them."""
    words = {"request": _named(request), "due": due_words(request), **more}
    url = reverse("authorizations:request", args=[request.pk])
    notify(to=to, kind=kind, sentence=sentence % words, url=url, now=now)


def _named(request: Request) -> str:
    """With its contract where the provider has several: each counts its own requests."""
    others = Contract.objects.filter(provider=request.organisation_id).exclude(pk=request.contract_id)
    return f"{request} ({request.contract.code})" if others.exists() else str(request)


def due_words(request: Request) -> str:
    """The due time in the contract's timezone."""
    if request.due_at is None:
        return _("no time set")
    return date_format(request.due_at.astimezone(ZoneInfo(request.contract.timezone)), "DATETIME_FORMAT")


def asked(request: Request, effect: str, now: datetime) -> None:
    sentence = {
        "extend": _("%(request)s: a clinical lead asks for information. The time for the decision now ends %(due)s"),
        "pause": _("%(request)s: a clinical lead asks for information. The clock stands until it is answered."),
        "none": _("%(request)s: a clinical lead asks for information. The time for the decision stays: %(due)s"),
    }[effect]
    tell(request, [request.requested_by], "request_question", sentence, now)


def answered(request: Request, to: Iterable[User], now: datetime) -> None:
    tell(request, to, "request_answer", _("%(request)s: the question was answered. Due %(due)s"), now)


def assigned(request: Request, to: User, now: datetime) -> None:
    tell(request, [to], "request_assigned", _("%(request)s was given to you. Due %(due)s"), now)


def warned(request: Request, to: Iterable[User], percent: int, now: datetime) -> None:
    sentence = _("%(request)s: %(percent)s of the time for the decision is used. Due %(due)s")
    tell(request, to, "request_warning", sentence, now, percent=f"{percent}%")


def decided(request: Request, entry: Decision, now: datetime) -> None:
    corrected = {
        EntryKind.VOIDING: _("%(request)s: its decision was taken back. What it asked for can be asked for anew."),
        EntryKind.SUPERSESSION: _("%(request)s: its decision was replaced. It is now %(outcome)s."),
    }
    sentence = corrected.get(EntryKind(entry.kind), _("%(request)s was decided: %(outcome)s."))
    tell(request, [request.requested_by], "request_decided", sentence, now, outcome=_outcome(entry))


def given_by_contract(request: Request, entry: Decision, to: Iterable[User], now: datetime) -> None:
    sentence = _(
        "%(request)s is %(outcome)s by the contract, because nobody decided in time. A clinical lead has to "
        "confirm it. It was due %(due)s"
    )
    tell(request, to, "request_late", sentence, now, outcome=_outcome(entry))


def _outcome(entry: Decision) -> str:
    return str(entry.get_outcome_display()).lower()
