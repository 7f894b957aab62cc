"""Outcome measures and what they pay."""

from decimal import Decimal
from itertools import pairwise

from contracts.rules.checks.tables import codes
from contracts.rules.document import ContractDocument, Measure
from contracts.rules.document.outcomes import FollowUp, FollowUpTimeliness, ShareOfServices, TimeToDecision
from contracts.rules.faults import Faults, Place


def check_outcomes(document: ContractDocument, faults: Faults) -> None:
    outcomes = document.outcomes
    if outcomes is None:
        return
    faults.once("outcomes", "measures", values=codes(outcomes.measures), key="code")
    total = sum((measure.weight for measure in outcomes.measures), Decimal(0))
    if total != 1:
        faults.add("outcomes", "measures", sentence=f"the weights must sum to 1, and sum to {total}")
    for index, measure in enumerate(outcomes.measures):
        here = ("outcomes", "measures", index)
        _check_source(measure, here, document, faults)
        _check_gate(measure, here, faults)
        _check_reward(measure, here, faults)


def _check_source(measure: Measure, here: tuple[Place, ...], document: ContractDocument, faults: Faults) -> None:
    if measure.source == "computed" and measure.compute is None:
        faults.add(*here, "compute", sentence="is missing; a computed measure says how")
    if measure.source == "reported" and measure.compute is not None:
        faults.add(*here, "compute", sentence="goes with source: computed only")
    compute = measure.compute
    if isinstance(compute, FollowUp | FollowUpTimeliness | ShareOfServices) and compute.service:
        faults.among(*here, "compute", "service", value=compute.service, known=codes(document.services))
    if isinstance(compute, TimeToDecision) and compute.days and compute.hours:
        faults.add(*here, "compute", sentence="needs days or hours, not both")


def _check_gate(measure: Measure, here: tuple[Place, ...], faults: Faults) -> None:
    gate = measure.gate
    if gate is None:
        return
    if (gate.at_least is None) == (gate.at_most is None):
        faults.add(*here, "gate", sentence="needs either at_least or at_most")
    elif measure.higher_is_better and gate.at_least is None:
        faults.add(*here, "gate", "at_most", sentence="must be at_least: higher is better")
    elif not measure.higher_is_better and gate.at_most is None:
        faults.add(*here, "gate", "at_least", sentence="must be at_most: lower is better")


def _check_reward(measure: Measure, here: tuple[Place, ...], faults: Faults) -> None:
    rewards = [key for key in ("scale", "ladder", "points") if getattr(measure, key) is not None]
    if len(rewards) != 1:
        found = " and ".join(rewards) or "none"
        faults.add(*here, sentence=f"needs exactly one of scale, ladder and points, and has {found}")
        return
    better = "more" if measure.higher_is_better else "less"
    if measure.scale and not _ahead(measure.scale.floor, measure.scale.target, measure):
        faults.add(*here, "scale", "target", sentence=f"must be {better} than the floor, {measure.scale.floor}")
    if measure.points and not _ahead(measure.points.threshold, measure.points.benchmark, measure):
        faults.add(
            *here, "points", "benchmark", sentence=f"must be {better} than the threshold, {measure.points.threshold}"
        )
    for index, (rung, following) in enumerate(pairwise(measure.ladder or ())):
        if not _ahead(rung.at, following.at, measure):
            faults.add(
                *here,
                "ladder",
                index + 1,
                "at",
                sentence=f"must be {better} than {rung.at}, the rung before; write the ladder from worst to best",
            )
        elif following.pays <= rung.pays:
            faults.add(
                *here, "ladder", index + 1, "pays", sentence=f"must be more than {rung.pays}, what the rung before pays"
            )


def _ahead(worse: Decimal, better: Decimal, measure: Measure) -> bool:
    return better > worse if measure.higher_is_better else better < worse
