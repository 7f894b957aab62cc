"""Eligibility and authorization in words."""

from django.utils.translation import gettext as _

from contracts.queries.readable.base import Facts, Section, Table, Words, days, facts, listed, plain, table, yes_no
from contracts.rules.document import Authorization, Clock, ContractDocument, Instrument
from contracts.rules.document.care import ActivityTrigger, FollowUpTrigger, ScoreTrigger, Triggers


def eligibility(document: ContractDocument, words: Words) -> Section | None:
    part = document.eligibility
    if part is None:
        return None
    hours = part.referral_response_hours
    every = part.all_of if part.all_of is not None else [criterion.code for criterion in part.criteria]
    return Section(
        "eligibility",
        title=_("Who can take part"),
        lead=_("A person takes part when every criterion that must hold is met, or waived with a reason."),
        blocks=[
            table(
                ("eligibility", "criteria"),
                _("Criteria"),
                [_("Criterion"), _("In words"), _("Evidence"), _("Must hold")],
                [
                    [
                        one.code,
                        one.text,
                        _("required") if one.evidence == "required" else _("none"),
                        yes_no(one.code in every),
                    ]
                    for one in part.criteria
                ],
            ),
            facts(
                ("eligibility",),
                (
                    "provisional_level",
                    _("Level until the first decision"),
                    words.level(part.provisional_level)
                    if part.provisional_level
                    else _("none: such days are not paid"),
                ),
                (
                    "referral_response_hours",
                    _("A referral is answered within"),
                    _("%(routine)s hours (routine), %(urgent)s hours (urgent)")
                    % {"routine": hours.routine or "–", "urgent": hours.urgent or "–"}
                    if hours
                    else _("no limit agreed"),
                ),
            ),
        ],
    )


def authorization(document: ContractDocument, words: Words) -> Section | None:
    part = document.authorization
    if part is None:
        return None
    blocks: list[Facts | Table] = [_clocks(part)]
    for index, instrument in enumerate(part.instruments):
        blocks.append(
            table(
                ("authorization", "instruments", index, "levels"),
                _("Assessment %(code)s, version %(version)s: scores from %(low)s to %(high)s")
                % {
                    "code": instrument.code,
                    "version": instrument.version,
                    "low": instrument.score.min,
                    "high": instrument.score.max,
                },
                [_("Score"), _("Suggested level")],
                [[f"{band.from_} – {band.to}", words.level(band.level)] for band in instrument.levels],
                note=_flags(instrument, words),
            )
        )
    blocks.append(
        facts(
            ("authorization",),
            (
                "max_days",
                _("Longest duration of a decision"),
                listed(f"{words.level(level)}: {days(count)}" for level, count in part.max_days.items()),
            ),
            (
                "max_episode",
                _("Most that an episode may give"),
                listed(
                    f"{words.service(code)}: "
                    + _("%(units)s units within %(days)s") % {"units": limit.units or "–", "days": days(limit.days)}
                    for code, limit in part.max_episode.items()
                ),
            ),
            ("retroactive_start_days", _("Earliest start before receipt"), days(part.retroactive_start_days)),
            ("urgent_start", _("Support may begin before the decision"), yes_no(part.urgent_start)),
            ("review_before_end_days", _("Review is due before the end by"), days(part.review_before_end_days)),
            (
                "lapse",
                _("Paid level after an end without renewal"),
                words.level(part.lapse.paid_level) if part.lapse else _("none: such days are not paid"),
            ),
            ("downgrade_notice_days", _("Notice before a lower level"), days(part.downgrade_notice_days)),
            ("reconsideration_days", _("Time to ask for reconsideration"), days(part.reconsideration_days)),
            ("reasons", _("Reasons for a denial"), listed(map(plain, part.reasons.deny))),
            (None, _("Reasons to differ from the suggested level"), listed(map(plain, part.reasons.difference))),
        )
    )
    if part.triggers:
        blocks.append(_triggers(part.triggers, words))
    return Section(
        "authorization",
        title=_("How levels and episodes are decided"),
        lead=_("A clinical lead decides, within these times, and says why. Both clocks start when a request arrives."),
        blocks=list(blocks),
    )


def _flags(instrument: Instrument, words: Words) -> str:
    lifted = {override.when: words.level(override.at_least) for override in instrument.overrides}
    return "; ".join(
        _("Flag %(flag)s: at least %(level)s") % {"flag": plain(flag), "level": lifted[flag]}
        if flag in lifted
        else _("Flag %(flag)s is recorded") % {"flag": plain(flag)}
        for flag in instrument.flags
    )


def _clock(clock: Clock | None) -> str:
    if clock is None:
        return _("no limit agreed")
    if clock.hours:
        return _("%(count)s hours") % {"count": clock.hours}
    basis = _("business days") if clock.basis == "business" else _("calendar days")
    return f"{clock.days} {basis}"


def _clocks(part: Authorization) -> Facts:
    asked = part.clocks.information_request
    effect = {
        "extend": _("moves the due time by %(days)s, once") % {"days": days(asked.days)},
        "pause": _("stops the clock until it is answered"),
        "none": _("changes nothing"),
    }[asked.effect]
    late = {
        "escalate": _("it is escalated"),
        "deny": _("it counts as denied until a clinician confirms"),
        "grant": _("it counts as granted until a clinician confirms"),
    }[part.clocks.late]
    return facts(
        ("authorization", "clocks"),
        ("standard", _("A decision is due within"), _clock(part.clocks.standard)),
        ("expedited", _("An expedited one within"), _clock(part.clocks.expedited)),
        ("information_request", _("A question to the requester"), effect),
        (
            "warn_at_percent",
            _("Warnings when this much time has passed"),
            listed(f"{percent}%" for percent in part.clocks.warn_at_percent),
        ),
        ("late", _("When a decision is late"), late),
    )


def _triggers(triggers: Triggers, words: Words) -> Table:
    return table(
        ("authorization", "triggers", "list"),
        _("Triggers of a higher level: at least %(minimum)s must be shown") % {"minimum": triggers.minimum},
        [_("Trigger"), _("When")],
        [[plain(trigger.code), _trigger(trigger, words)] for trigger in triggers.list_],
    )


def _trigger(trigger: object, words: Words) -> str:
    if isinstance(trigger, ActivityTrigger):
        kind = {True: _("planned"), False: _("unplanned"), None: _("planned or unplanned")}[trigger.planned]
        return _("%(count)s %(kind)s records of %(service)s within %(days)s") % {
            "count": trigger.count,
            "kind": kind,
            "service": words.service(trigger.service),
            "days": days(trigger.within_days),
        }
    if isinstance(trigger, ScoreTrigger):
        return _("the score of %(instrument)s rose by %(by)s or more within %(days)s") % {
            "instrument": trigger.instrument,
            "by": trigger.by,
            "days": days(trigger.within_days),
        }
    if isinstance(trigger, FollowUpTrigger):
        return _("a follow-up is overdue by %(days)s or more") % {"days": days(trigger.days)}
    return _("somebody vouches for it")
