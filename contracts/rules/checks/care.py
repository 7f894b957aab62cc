"""Eligibility and authorization."""

from itertools import pairwise

from contracts.rules.checks.tables import codes
from contracts.rules.document import Authorization, Clock, ContractDocument, Eligibility, Instrument
from contracts.rules.document.care import ActivityTrigger, ScoreTrigger, Triggers
from contracts.rules.faults import Faults


def check_care(document: ContractDocument, faults: Faults) -> None:
    if document.eligibility:
        _check_eligibility(document.eligibility, codes(document.levels), faults)
    if document.authorization:
        _check_authorization(document.authorization, document, faults)


def _check_eligibility(eligibility: Eligibility, levels: list[str], faults: Faults) -> None:
    criteria = codes(eligibility.criteria)
    faults.once("eligibility", "criteria", values=criteria, key="code")
    for index, code in enumerate(eligibility.all_of or ()):
        faults.among("eligibility", "all_of", index, value=code, known=criteria, what="criteria")
    faults.once("eligibility", "all_of", values=eligibility.all_of or ())
    if eligibility.provisional_level:
        faults.among("eligibility", "provisional_level", value=eligibility.provisional_level, known=levels)


def _check_authorization(authorization: Authorization, document: ContractDocument, faults: Faults) -> None:
    here, levels = "authorization", codes(document.levels)
    faults.once(here, "instruments", values=codes(authorization.instruments), key="code")
    for index, instrument in enumerate(authorization.instruments):
        _check_instrument(instrument, index, levels, faults)
    clocks = authorization.clocks
    for name, clock in (("standard", clocks.standard), ("expedited", clocks.expedited)):
        if clock:
            _check_clock(clock, name, faults)
    if clocks.information_request.effect == "extend" and clocks.information_request.days is None:
        faults.add(here, "clocks", "information_request", "days", sentence="is missing; `extend` needs to know how far")
    for index, (percent, following) in enumerate(pairwise(clocks.warn_at_percent)):
        if following <= percent:
            faults.add(
                here,
                "clocks",
                "warn_at_percent",
                index + 1,
                sentence=f"{following} does not come after {percent}; write the percents in rising order",
            )
    for level in authorization.max_days:
        faults.among(here, "max_days", level, value=level, known=levels)
    requiring = [
        service.code for service in document.services if service.episodic and service.authorization == "required"
    ]
    for service, limit in authorization.max_episode.items():
        if (
            faults.among(
                here,
                "max_episode",
                service,
                value=service,
                known=requiring,
                what="episodic services with authorization: required",
            )
            and limit.units is None
            and limit.days is None
        ):
            faults.add(here, "max_episode", service, sentence="needs units, days or both")
    if authorization.lapse:
        faults.among(here, "lapse", "paid_level", value=authorization.lapse.paid_level, known=levels)
    faults.once(here, "reasons", "deny", values=authorization.reasons.deny)
    faults.once(here, "reasons", "difference", values=authorization.reasons.difference)
    if authorization.triggers:
        _check_triggers(authorization.triggers, authorization, document, faults)


def _check_clock(clock: Clock, name: str, faults: Faults) -> None:
    if (clock.days is None) == (clock.hours is None):
        faults.add("authorization", "clocks", name, sentence="needs either days or hours, and not both")
    elif clock.hours is not None and clock.basis == "business":
        faults.add(
            "authorization", "clocks", name, "basis", sentence="hours are elapsed hours; business goes with days"
        )


def _check_instrument(instrument: Instrument, index: int, levels: list[str], faults: Faults) -> None:
    here = ("authorization", "instruments", index)
    low, high = instrument.score.min, instrument.score.max
    if high < low:
        faults.add(*here, "score", "max", sentence=f"{high} is less than the smallest score, {low}")
        return
    bands = instrument.levels
    for place, band in enumerate(bands):
        faults.among(*here, "levels", place, "level", value=band.level, known=levels)
        if band.to < band.from_:
            faults.add(*here, "levels", place, "to", sentence=f"{band.to} is less than {band.from_}, where it starts")
    if bands[0].from_ != low:
        faults.add(
            *here, "levels", 0, "from", sentence=f"scores start at {low}, and the first band at {bands[0].from_}"
        )
    for place, (band, following) in enumerate(pairwise(bands)):
        if following.from_ > band.to + 1:
            faults.add(
                *here,
                "levels",
                place + 1,
                "from",
                sentence=f"leaves a gap: the band before ends at {band.to}, and this one starts at {following.from_}",
            )
        elif following.from_ <= band.to:
            faults.add(
                *here,
                "levels",
                place + 1,
                "from",
                sentence=f"overlaps: the band before ends at {band.to}, and this one starts at {following.from_}",
            )
    if bands[-1].to != high:
        faults.add(
            *here, "levels", len(bands) - 1, "to", sentence=f"scores end at {high}, and the last band at {bands[-1].to}"
        )
    faults.once(*here, "flags", values=instrument.flags)
    for place, override in enumerate(instrument.overrides):
        faults.among(*here, "overrides", place, "when", value=override.when, known=instrument.flags, what="flags")
        faults.among(*here, "overrides", place, "at_least", value=override.at_least, known=levels)


def _check_triggers(
    triggers: Triggers, authorization: Authorization, document: ContractDocument, faults: Faults
) -> None:
    here = ("authorization", "triggers")
    faults.once(*here, "list", values=codes(triggers.list_), key="code")
    if triggers.minimum > len(triggers.list_):
        faults.add(*here, "minimum", sentence=f"asks for {triggers.minimum}, and the list has {len(triggers.list_)}")
    for index, trigger in enumerate(triggers.list_):
        if isinstance(trigger, ScoreTrigger):
            faults.among(
                *here,
                "list",
                index,
                "instrument",
                value=trigger.instrument,
                known=codes(authorization.instruments),
                what="instruments",
            )
        elif isinstance(trigger, ActivityTrigger) and trigger.service:
            faults.among(*here, "list", index, "service", value=trigger.service, known=codes(document.services))
