"""One mechanism for every sign that somebody must decide on.

A sign past its limit opens one escalation for its subject; while that is open the figure is kept up to date. It stays
open until a person who it is addressed to, or its owner, records a decision.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.operations.notices import notify
from accounts.permissions import NotAllowed, require_on, standings
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable
from contracts.models import Escalation, EscalationStatus
from contracts.queries.addressees import holders
from contracts.queries.escalations import sign_words


class AlreadyDecided(Refused):
    """Somebody was there before."""


def raise_(
    *,
    contract_id: int,
    sign: str,
    subject: str = "",
    limit: str,
    figure: str,
    recipients: Sequence[str],
    due_on: date,
    url: str = "",
    actor: User,
    now: datetime,
) -> Escalation:
    """Open an escalation, or bring the open one of the same sign and subject up to date.

    `limit` and `figure` are sentences fit for the list. Who works out the sign decides when: no permission is asked.
    """
    unknown = set(recipients) - set(Role.values)
    if unknown or not recipients:
        raise ValueError(f"an escalation needs roles to go to, not {sorted(unknown)}")
    with recording(actor=actor, reason=sign):
        # the partial unique index makes two at once one: the loser of the race reads the winner's row
        found, created = Escalation.objects.get_or_create(
            contract_id=contract_id,
            sign=sign,
            subject=subject,
            status=EscalationStatus.OPEN,
            defaults={
                "limit_text": limit,
                "figure_text": figure,
                "url": url,
                "recipients": list(recipients),
                "raised_at": now,
                "due_on": due_on,
            },
        )
        if created:
            _tell(found, now)
        elif (found.limit_text, found.figure_text) != (limit, figure):
            found.limit_text, found.figure_text = limit, figure
            found.save(update_fields=["limit_text", "figure_text"])
        return found


def _tell(escalation: Escalation, now: datetime) -> None:
    notify(
        to=holders(escalation.contract, escalation.recipients, now),
        kind="escalation",
        sentence=_("%(sign)s %(subject)s: %(figure)s. Somebody must decide by %(day)s.")
        % {
            "sign": sign_words(escalation.sign),
            "subject": escalation.subject,
            "figure": escalation.figure_text,
            "day": date_format(escalation.due_on),
        },
        url=reverse("contracts:escalation", args=[escalation.pk]),
        now=now,
    )


def take_on(*, escalation_id: int, actor: User, now: datetime) -> Escalation:
    """Make oneself the owner of an open escalation. Raises AlreadyDecided, NotAllowed."""
    with recording(actor=actor, reason=_("Escalation taken on")):
        escalation = _open(escalation_id, actor)
        escalation.owner = actor
        escalation.save(update_fields=["owner"])
        return escalation


def decide(*, escalation_id: int, decision: str, actor: User, now: datetime) -> Escalation:
    """Record what is done about it and close it. Raises Unusable, AlreadyDecided, NotAllowed."""
    if not decision.strip():
        raise Unusable(_("Write down what was decided."))
    with recording(actor=actor, reason=_("Escalation decided")):
        escalation = _open(escalation_id, actor)
        escalation.status = EscalationStatus.DECIDED
        escalation.decision = decision.strip()
        escalation.decided_by = actor
        escalation.decided_at = now
        escalation.save(update_fields=["status", "decision", "decided_by", "decided_at"])
        return escalation


def may_decide(person: User, escalation: Escalation) -> bool:
    """It is addressed to a role that the person holds at either party, or the person has taken it on."""
    try:
        _require(person, escalation)
    except NotAllowed:
        return False
    return escalation.status == EscalationStatus.OPEN


def _open(escalation_id: int, actor: User) -> Escalation:
    escalation = Escalation.objects.select_for_update(of=["self"]).select_related("contract").get(pk=escalation_id)
    _require(actor, escalation)
    if escalation.status != EscalationStatus.OPEN:
        raise AlreadyDecided(
            _("%(name)s has decided this on %(day)s: %(decision)s")
            % {
                "name": escalation.decided_by.name,
                "day": date_format(escalation.decided_at.astimezone(ZoneInfo(escalation.contract.timezone))),
                "decision": escalation.decision,
            }
        )
    return escalation


def _require(person: User, escalation: Escalation) -> None:
    contract = escalation.contract
    sentence = _("This escalation is for other roles to decide.")
    require_on(person, "escalation.decide", contract, sentence)
    parties = (contract.provider_id, contract.commissioner_id)
    held = {role for organisation, role in standings(person) if organisation in parties}
    if not held & set(escalation.recipients) and escalation.owner_id != person.pk:
        raise NotAllowed(sentence)
