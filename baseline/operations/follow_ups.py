"""Follow-ups: made, kept true and completed by what is recorded; cancelled by a person.

Whoever records, corrects or reverses contacts calls `after_contact` in the same transaction; the stage that knows
episodes calls `after_episodes`. Both work out anew what the records say about the members, so that calling twice
changes nothing, and the nightly `refresh` finds whatever came by another way.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.permissions import require_on
from baseline.models import FollowUp, FollowUpCause, FollowUpStatus
from baseline.queries import sql
from baseline.queries.terms import service_terms
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Member


class NotOpen(Refused):
    """The follow-up is done, cancelled or taken back already."""


@dataclass(frozen=True)
class EndedEpisode:
    """An episode that is over. `last_unit_on` None: no unit was delivered, or it is not over after all."""

    member_id: int
    service: str
    episode_ref: str
    last_unit_on: date | None


@dataclass(frozen=True)
class Refreshed:
    """How many follow-ups were made, and how many changed."""

    made: int
    changed: int


def after_contact(*, contract_id: int, member_ids: Collection[int]) -> Refreshed:
    """Bring the follow-ups of these members up to what is recorded now.

    Belongs to the operation that recorded, corrected or reversed: it runs in its `recording`, after it has written.
    """
    # contacts of one member are judged one after another: neither of two at once may miss the other
    _lock(member_ids)
    return _bring_up(contract_id, sorted(member_ids))


def after_episodes(
    *, contract_id: int, ended: Iterable[EndedEpisode], actor: Any, now: datetime, reason: str = ""
) -> Refreshed:
    """Set, move or take back the follow-ups of these episodes, by `follow_up_days` of the service on the last day.

    An episode is known by its reference. A service without `follow_up_days` asks for nothing.
    """
    ended = list(ended)
    with recording(actor=actor, reason=reason):
        _lock({episode.member_id for episode in ended})
        organisation_id = Contract.objects.values_list("provider_id", flat=True).get(pk=contract_id)
        terms = signed_terms(contract_id)
        known = {
            follow_up.episode_ref: follow_up
            for follow_up in FollowUp.objects.filter(
                contract=contract_id,
                cause=FollowUpCause.EPISODE,
                episode_ref__in={episode.episode_ref for episode in ended},
            )
        }
        made = 0
        for episode in ended:
            days = _days_after(terms, episode)
            follow_up = known.get(episode.episode_ref)
            if follow_up is not None:
                _move(follow_up, episode, days)
            elif days is not None and episode.last_unit_on is not None:
                FollowUp.objects.create(
                    organisation_id=organisation_id,
                    contract_id=contract_id,
                    member_id=episode.member_id,
                    cause=FollowUpCause.EPISODE,
                    episode_ref=episode.episode_ref,
                    service=episode.service,
                    happened_on=episode.last_unit_on,
                    due_on=episode.last_unit_on + timedelta(days=days),
                )
                made += 1
        found = _bring_up(contract_id, sorted({episode.member_id for episode in ended}))
        return Refreshed(made=made + found.made, changed=found.changed)


def after_episode(
    *,
    contract_id: int,
    member_id: int,
    service: str,
    episode_ref: str,
    last_unit_on: date | None,
    actor: Any,
    now: datetime,
    reason: str = "",
) -> Refreshed:
    """`after_episodes` for one."""
    episode = EndedEpisode(member_id, service, episode_ref, last_unit_on)
    return after_episodes(contract_id=contract_id, ended=[episode], actor=actor, now=now, reason=reason)


def refresh(*, contract_id: int, actor: Any, now: datetime) -> Refreshed:
    """Bring every follow-up of a contract up to what is recorded. Nightly; idempotent."""
    with recording(actor=actor):
        return _bring_up(contract_id, None)


def cancel(*, follow_up_id: int, reason: str, actor: Any, now: datetime) -> FollowUp:
    """Say that an open follow-up will not take place, and why. Raises NotAllowed, NotOpen."""
    with recording(actor=actor, reason=reason):
        follow_up = FollowUp.objects.select_for_update(of=["self"]).select_related("contract").get(pk=follow_up_id)
        require_on(
            actor, "follow_up.cancel", follow_up.contract, _("Only the member's care team may cancel a follow-up.")
        )
        if follow_up.status != FollowUpStatus.OPEN:
            raise NotOpen(
                _("This follow-up is not open any more: %(status)s.")
                % {"status": str(follow_up.get_status_display()).lower()}
            )
        follow_up.status = FollowUpStatus.CANCELLED
        follow_up.cancelled_by = actor
        follow_up.cancelled_reason = reason
        follow_up.save(update_fields=["status", "cancelled_by", "cancelled_reason"])
        return follow_up


def _lock(member_ids: Collection[int]) -> None:
    list(
        Member.objects.select_for_update(no_key=True)
        .filter(pk__in=member_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _bring_up(contract_id: int, member_ids: list[int] | None) -> Refreshed:
    values = {"contract": contract_id, "members": member_ids, **service_terms(contract_id)}
    return Refreshed(made=sql.run("follow_ups_due", values), changed=sql.run("follow_ups_state", values))


def _days_after(terms: Any, episode: EndedEpisode) -> int | None:
    if episode.last_unit_on is None:
        return None
    governing = terms.on(episode.last_unit_on)
    service = governing.document.service(episode.service) if governing else None
    return service.follow_up_days if service else None


def _move(follow_up: FollowUp, episode: EndedEpisode, days: int | None) -> None:
    """What is known already follows the episode; completion is worked out afterwards."""
    if follow_up.status == FollowUpStatus.CANCELLED:
        return
    if days is None or episode.last_unit_on is None:
        state = (FollowUpStatus.WITHDRAWN, follow_up.happened_on, follow_up.due_on)
    else:
        state = (FollowUpStatus.OPEN, episode.last_unit_on, episode.last_unit_on + timedelta(days=days))
    standing = FollowUpStatus.OPEN if follow_up.status == FollowUpStatus.DONE else follow_up.status
    if (standing, follow_up.happened_on, follow_up.due_on, follow_up.member_id) == (*state, episode.member_id):
        return
    follow_up.status, follow_up.happened_on, follow_up.due_on = state
    follow_up.member_id = episode.member_id
    follow_up.completed_by, follow_up.completed_on = None, None
    follow_up.save()
