"""Who is let in, and how levels and episodes are decided."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.rules.document.base import (
    Code,
    Count,
    Days,
    DaysOrNone,
    Hours,
    Part,
    PercentWhole,
    Positive,
    Score,
    Seq,
    SomeOf,
    Text,
    YesNo,
)


class Criterion(Part):
    """Answered met, not met or waived on an eligibility determination."""

    code: Code
    text: Text
    evidence: Literal["required", "none"] = "none"


class ResponseHours(Part):
    routine: Hours | None = None
    urgent: Hours | None = None


class Eligibility(Part):
    criteria: Seq[Criterion] = ()
    all_of: Seq[Code] | None = Field(default=None, description="Criteria that must hold; left out: every criterion")
    provisional_level: Code | None = Field(
        default=None, description="Level of covered days before the first decided one; left out: such days are unpaid"
    )
    referral_response_hours: ResponseHours | None = None


class ScoreRange(Part):
    min: Score
    max: Score


class ScoreBand(Part):
    """Scores from `from` to `to`, both included, suggest `level`."""

    from_: Score = Field(alias="from")
    to: Score
    level: Code


class FlagOverride(Part):
    """With flag `when` raised the suggestion is at least `at_least`, whatever the score."""

    when: Code
    at_least: Code


class Instrument(Part):
    """A licensed assessment: its score is kept, its items never."""

    code: Code
    version: Code
    score: ScoreRange
    levels: SomeOf[ScoreBand]
    flags: Seq[Code] = ()
    overrides: Seq[FlagOverride] = ()


class Clock(Part):
    """Time from receipt to decision: `days` by a `basis`, or elapsed `hours`."""

    days: Days | None = None
    hours: Hours | None = None
    basis: Literal["calendar", "business"] = "calendar"


class InformationRequest(Part):
    """What a question to the requester does to the clock."""

    effect: Literal["extend", "pause", "none"] = "none"
    days: Days | None = Field(default=None, description="How far `extend` moves the due time, once")


class Clocks(Part):
    standard: Clock | None = None
    expedited: Clock | None = None
    information_request: InformationRequest = InformationRequest()
    warn_at_percent: Seq[PercentWhole] = ()
    late: Literal["escalate", "deny", "grant"] = "escalate"


class EpisodeLimit(Part):
    """The most that one episode decision may give."""

    units: Positive | None = None
    days: Days | None = None


class Lapse(Part):
    paid_level: Code


class Reasons(Part):
    deny: Seq[Code] = ()
    difference: Seq[Code] = ()


class ActivityTrigger(Part):
    """So many records (of one service, planned or unplanned, when said) within so many days."""

    code: Code
    kind: Literal["activity_count"]
    service: Code | None = None
    planned: YesNo | None = None
    count: Count
    within_days: Days


class ScoreTrigger(Part):
    """A score that rose by at least `by` within so many days."""

    code: Code
    kind: Literal["score_rise"]
    instrument: Code
    by: Count
    within_days: Days


class FollowUpTrigger(Part):
    """A follow-up that is overdue by at least `days`."""

    code: Code
    kind: Literal["follow_up_overdue"]
    days: Days


class AttestedTrigger(Part):
    """Something a person vouches for."""

    code: Code
    kind: Literal["attested"]
    evidence: Literal["required", "none"] = "none"


Trigger = Annotated[ActivityTrigger | ScoreTrigger | FollowUpTrigger | AttestedTrigger, Field(discriminator="kind")]


class Triggers(Part):
    """An upgrade request must show at least `minimum` of the list."""

    minimum: Count = 1
    list_: SomeOf[Trigger] = Field(alias="list")


class Authorization(Part):
    instruments: Seq[Instrument] = ()
    clocks: Clocks = Clocks()
    max_days: dict[Code, Days] = Field(default={}, description="Longest duration a decision may give, by level")
    max_episode: dict[Code, EpisodeLimit] = Field(default={}, description="Most an episode may give, by service")
    retroactive_start_days: DaysOrNone = 0
    urgent_start: YesNo = False
    review_before_end_days: DaysOrNone = 0
    lapse: Lapse | None = Field(
        default=None, description="Paid level of covered days after a level's end; left out: such days are unpaid"
    )
    downgrade_notice_days: DaysOrNone = 0
    reconsideration_days: DaysOrNone = 0
    reasons: Reasons = Reasons()
    triggers: Triggers | None = None
