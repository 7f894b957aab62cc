"""Weekly reviews, complaints and safety signals in the story, each by the product's own operation.

Reviews begin with the version of the contract that asks for them. One week of one team was forgotten, and the last one
that has ended still waits for the supervisor.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from accounts.queries.people import person, system_user
from authorizations.operations import episode_ends
from baseline.models import Event, ReviewAction
from baseline.operations import events, reviews
from baseline.queries import reviews as queries
from baseline.queries.caseload import week
from baseline.rules.weeks import WEEK, first_week, monday_of
from blended_pilot.demo.feeds import Feed, Row
from blended_pilot.demo.lives import person as life
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story
from contracts.models import Contract

EVENTS_A_MONTH = 0.006  # of members
CATEGORIES = {
    "complaint": ("late visit", "missed call", "attitude", "information"),
    "safety": ("fall", "medication", "missed deterioration", "self-neglect"),
}
SEVERITIES = ("low", "low", "moderate", "moderate", "severe")
FOUND = (
    "Rang twice this week and left a message; the daughter answers in the evenings.",
    "Visits were moved to the clinic while the flat is renovated. Nothing is wrong.",
    "Nobody had noticed. Contact is planned for this week.",
    "Was on leave with family; back since Friday.",
    "Declines monitoring by telephone, prefers to come in. Package to be discussed.",
)
ACTION = "Arrange a home visit"
FORGOTTEN_WEEKS_AGO, FORGOTTEN_TEAM = 4, "South team"
REVIEWERS = {"HARBOR": "supervisor@tidewater.example"}
CARERS = {"HARBOR": "practitioner@tidewater.example"}
OUTCOME = "Visited on Thursday; the next contacts are in the calendar."
LEARNED = "The rota now names who takes over when a visit is cancelled on the day."


def weeks(story: Story, provider: Provider) -> Iterator[date]:
    """Mondays of the weeks that were reviewed: from the month that first asks for it to the last but one."""
    if story.review_month is None or not provider.larger:
        return
    monday = first_week(story.month(story.review_month))
    while monday + 2 * WEEK <= monday_of(story.today):
        yield monday
        monday += WEEK


def review(story: Story, provider: Provider, monday: date, now: datetime) -> None:
    """The supervisor goes through every team's week and signs both parts."""
    contract = Contract.objects.get(code=provider.contract)
    actor, carer = person(REVIEWERS[provider.contract]), person(CARERS[provider.contract])
    forgotten = monday_of(story.today) - FORGOTTEN_WEEKS_AGO * WEEK
    _as_every_night(contract, now)
    for team, name in queries.teams_of(contract).items():
        if monday == forgotten and name == FORGOTTEN_TEAM:
            continue
        shown = week(contract, monday, team=team)
        if not shown.members:
            continue
        at: dict[str, Any] = {"contract_id": contract.pk, "team": team, "monday": monday, "actor": actor, "now": now}
        chance = story.chance(provider.code, "review", monday, name)
        review_before = queries.review_of(contract, team, monday)
        for number, one in enumerate(queries.still_to_look_at(review_before, shown)):
            reviews.look_at(
                **at,
                member_id=one.member_id,
                text=chance.choice(FOUND),
                action=ACTION if number == 0 else "",
                owner_id=carer.pk,
                due_on=now.date() + timedelta(days=7),
            )
        _complete_earlier(contract, team, monday, carer, now)
        signed = queries.signed(review_before)
        if "caseload" not in signed:
            reviews.sign_caseload(**at, digest=queries.digest_of(queries.caseload_content(shown)))
        if "billing" not in signed:
            records = queries.episodic_records(contract, monday, team)
            reviews.sign_billing(**at, digest=queries.digest_of(queries.billing_content(records)))


def _as_every_night(contract: Contract, now: datetime) -> None:
    """What is due after episodes that have ended is on the lists, as the nightly work would have seen to."""
    episode_ends.refresh_follow_ups(contract_id=contract.pk, actor=system_user(), now=now)


def _complete_earlier(contract: Contract, team: int, monday: date, carer: Any, now: datetime) -> None:
    """What was asked for two weeks before is done by now."""
    earlier = ReviewAction.objects.filter(
        review__contract=contract, review__team=team or None, review__week=monday - 2 * WEEK, status="open"
    )
    for action in earlier:
        reviews.complete_action(action_id=action.pk, outcome=OUTCOME, actor=carer, now=now)


def complaints(story: Story, provider: Provider, number: int) -> Feed | None:
    """The file of one month's complaints and safety signals; most are closed within weeks."""
    chance = story.chance(provider.code, "events", number)
    sent_on = story.reported_on(number)
    rows: list[Row] = []
    for count in range(max(1, round(provider.members * EVENTS_A_MONTH * chance.uniform(0.6, 1.4)))):
        member = life(story, provider, chance.randrange(provider.members))
        day = story.month(number) + timedelta(days=chance.randrange(28))
        kind = chance.choice(tuple(CATEGORIES))
        closed_on = day + timedelta(days=chance.randrange(2, 26))
        known = any(state.known_on < sent_on for state in member.states)
        covered = any(
            span.starts_on <= day and (span.ends_before is None or day < span.ends_before)
            for span in member.states[-1].spans
        )
        if not known or not covered or day >= sent_on:
            continue
        rows.append(
            {
                "event_ref": f"{provider.member_prefix}-E{number:02d}{count:02d}",
                "kind": kind,
                "member_ref": member.reference,
                "occurred_on": day.isoformat(),
                "severity": chance.choice(SEVERITIES),
                "category": chance.choice(CATEGORIES[kind]),
                "closed_on": closed_on.isoformat() if closed_on < sent_on else "",
            }
        )
    return Feed("events", f"{story.month(number):%Y-%m}-events.csv", sent_on, tuple(rows)) if rows else None


def take_up(provider: Provider, now: datetime) -> None:
    """The supervisor deals with the latest open ones and closes one of them with what was learned."""
    actor = person(REVIEWERS[provider.contract])
    _as_every_night(Contract.objects.get(code=provider.contract), now)
    today = now.date()
    waiting = Event.objects.filter(contract__code=provider.contract, closed_on=None, owner=None).order_by(
        "-occurred_on"
    )
    for number, event in enumerate(waiting[:4]):
        events.take_up(
            event_id=event.pk,
            owner_id=actor.pk,
            due_on=today + timedelta(days=5 * number - 2),
            category=event.category,
            severity=event.severity,
            actor=actor,
            now=now,
        )
        if number == 3:
            events.close(event_id=event.pk, learning=LEARNED, closed_on=today, today=today, actor=actor, now=now)
