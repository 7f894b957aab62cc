"""Episodes that are decided here: opened by an approval, taken back with the entry that gave them."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.models import Decision, Episode
from blended_pilot.kernel.audit import recording
from contracts.operations.facts import hold_open
from eligibility.models import Source


def open_episode(*, entry: Decision, actor: User, now: datetime) -> Episode:
    """The units and the window of an approval, inside the transaction that entered it."""
    assert entry.units is not None  # an approval of a service has units and a window
    assert entry.starts_on is not None
    assert entry.ends_before is not None
    with recording(actor=actor, reason=_("Decision %(number)s") % {"number": entry.number}):
        contract = hold_open(entry.contract_id)
        return Episode.objects.create(
            organisation_id=entry.organisation_id,
            contract=contract,
            member_id=entry.member_id,
            service=entry.service,
            units=entry.units,
            starts_on=entry.starts_on,
            ends_before=entry.ends_before,
            source=Source.PRODUCT,
            decision=entry,
            decided_on=now.date(),
            decided_by=actor.name,
            rationale=entry.necessity or _("Given because nobody decided in time."),
        )


def take_back(*, entry: Decision, actor: User, now: datetime) -> None:
    """The episode of an entry that a later one replaces, as if it had never been; its history stays."""
    with recording(actor=actor, reason=_("Decision %(number)s was replaced") % {"number": entry.number}):
        hold_open(entry.contract_id)
        Episode.objects.filter(decision=entry).delete()
