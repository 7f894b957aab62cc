"""An episode that is over: ended early by a person, or because its days have passed or its units are used up."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations.models import Episode
from authorizations.queries.episodes import drawn_down, episodes, last_unit_on, number_of, over_on
from baseline.operations.follow_ups import EndedEpisode, Refreshed, after_episodes
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.operations.facts import hold_open


class NotInsideItsWindow(Refused):
    """The day is not one of the episode's, or lies in the future beyond today."""


class NotEndedEarly(Refused):
    """There is no early end to take back."""


class AnotherHasBegun(Refused):
    """The days that would be given back belong to a later episode of the service."""


def end_early(*, episode_id: int, last_day: date | None, reason: str, actor: User, now: datetime) -> Episode:
    """Cut the window after `last_day`; None: as if it had never begun. Work after it is no longer authorised.

    An earlier early end is replaced. Raises NotAllowed, NotInsideItsWindow, AnotherHasBegun.
    """
    with recording(actor=actor, reason=reason):
        episode = _locked(episode_id=episode_id, actor=actor)
        ended_early_on = episode.starts_on if last_day is None else last_day + DAY
        if not episode.starts_on <= ended_early_on < episode.ends_before:
            raise NotInsideItsWindow(
                _("The last day must lie between %(first)s and %(last)s, before the day on which it ends anyway.")
                % {"first": date_format(episode.starts_on), "last": date_format(episode.ends_before - DAY * 2)}
            )
        if ended_early_on > over_on(episode):
            _require_free(episode, ended_early_on)
        episode.ended_early_on = ended_early_on
        episode.save(update_fields=["ended_early_on"])
        _follow_up(episode=episode, actor=actor, now=now)
        return episode


def take_back_early_end(*, episode_id: int, reason: str, actor: User, now: datetime) -> Episode:
    """Let the episode run to the end of its window again. Raises NotAllowed, NotEndedEarly, AnotherHasBegun."""
    with recording(actor=actor, reason=reason):
        episode = _locked(episode_id=episode_id, actor=actor)
        if episode.ended_early_on is None:
            raise NotEndedEarly(_("This episode was not ended early."))
        _require_free(episode, episode.ends_before)
        episode.ended_early_on = None
        episode.save(update_fields=["ended_early_on"])
        _follow_up(episode=episode, actor=actor, now=now)
        return episode


def refresh_follow_ups(*, contract_id: int, actor: Any, now: datetime) -> Refreshed:
    """Bring what is due after episodes up to what was delivered on them. Nightly; running it again changes nothing."""
    contract = Contract.objects.get(pk=contract_id)
    found = list(episodes().filter(contract=contract))
    return after_episodes(contract_id=contract_id, ended=_ended(contract, found, now), actor=actor, now=now)


def _locked(*, episode_id: int, actor: User) -> Episode:
    contract_id = Episode.objects.values_list("contract_id", flat=True).get(pk=episode_id)
    contract = hold_open(contract_id)
    episode = Episode.objects.select_for_update(of=["self"]).select_related("contract", "decision").get(pk=episode_id)
    require_on(actor, "episode.end", contract, _("Only a clinical lead or supervisor of the provider ends episodes."))
    return episode


def _require_free(episode: Episode, until: date) -> None:
    later = (
        Episode.objects.filter(
            contract=episode.contract_id,
            member=episode.member_id,
            service=episode.service,
            starts_on__gte=over_on(episode),
            starts_on__lt=until,
        )
        .exclude(pk=episode.pk)
        .order_by("starts_on")
        .first()
    )
    if later is not None:
        raise AnotherHasBegun(
            _("Another episode of this service begins on %(day)s.") % {"day": date_format(later.starts_on)}
        )


def _follow_up(*, episode: Episode, actor: User, now: datetime) -> None:
    after_episodes(
        contract_id=episode.contract_id, ended=_ended(episode.contract, [episode], now), actor=actor, now=now
    )


def _ended(contract: Contract, found: list[Episode], now: datetime) -> list[EndedEpisode]:
    today = now.astimezone(ZoneInfo(contract.timezone)).date()
    drawn = drawn_down(found)
    return [
        EndedEpisode(
            member_id=episode.member_id,
            service=episode.service,
            episode_ref=number_of(episode),
            last_unit_on=last_unit_on(episode, drawn[episode.pk], today),
        )
        for episode in found
    ]
