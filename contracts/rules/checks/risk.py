"""Thresholds, stop-loss, corridor and early warnings."""

from blended_pilot.kernel.periods import first_of_month
from contracts.rules.checks.tables import check_bands, codes
from contracts.rules.document import ContractDocument, Threshold
from contracts.rules.document.risk import ActivityCountTrigger, ActivitySumTrigger
from contracts.rules.faults import Faults, Place


def check_risk(document: ContractDocument, faults: Faults) -> None:
    faults.once("thresholds", values=codes(document.thresholds), key="code")
    for index, threshold in enumerate(document.thresholds):
        _check_threshold(threshold, ("thresholds", index), document, faults)
    _check_stop_loss(document, faults)
    if document.corridor:
        check_bands(document.corridor.bands, ("corridor", "bands"), faults)
    for index, warning in enumerate(document.early_warnings):
        faults.once("early_warnings", index, "to", values=warning.to)


def _check_threshold(threshold: Threshold, here: tuple[Place, ...], document: ContractDocument, faults: Faults) -> None:
    _check_measure(threshold.measure, here, document, faults)
    if threshold.measure.startswith("value:") and threshold.price != 1:
        faults.add(*here, "price", sentence="is 1 for a measure of value; leave it out")
    if threshold.measure.startswith(("units:", "referrals")) and "price" not in threshold.model_fields_set:
        faults.add(*here, "price", sentence="is missing; say what one unit of the measure is worth")
    if isinstance(threshold.expected, dict):
        if not threshold.expected:
            faults.add(*here, "expected", sentence="must not be empty")
        first, last = first_of_month(document.term.from_), document.term.to
        for month in threshold.expected:
            if not first <= month <= last:
                faults.add(*here, "expected", f"{month:%Y-%m}", sentence="is not a month of the term")
    check_bands(threshold.bands, (*here, "bands"), faults)
    limit = threshold.limit
    if limit and limit.floor is not None and limit.cap is not None and limit.cap < limit.floor:
        faults.add(*here, "limit", "cap", sentence=f"{limit.cap} is less than the floor, {limit.floor}")


def _check_measure(measure: str, here: tuple[Place, ...], document: ContractDocument, faults: Faults) -> None:
    kind, colon, service = measure.partition(":")
    episodic = [item.code for item in document.services if item.episodic]
    if measure in {"referrals", "value:*"}:
        return
    if not colon or kind not in {"units", "value"}:
        faults.add(
            *here, "measure", sentence=f"'{measure}' is not one of referrals, units:<service>, value:<service>, value:*"
        )
    elif kind == "value":
        faults.among(*here, "measure", value=service, known=episodic, what="episodic services")
    else:
        faults.among(*here, "measure", value=service, known=codes(document.services))


def _check_stop_loss(document: ContractDocument, faults: Faults) -> None:
    stop_loss = document.stop_loss
    if stop_loss is None:
        return
    faults.once("stop_loss", "payment", values=codes(stop_loss.payment), key="code")
    for index, payment in enumerate(stop_loss.payment):
        faults.once("stop_loss", "payment", index, "components", values=payment.components)
        check_bands(payment.bands, ("stop_loss", "payment", index, "bands"), faults)
    faults.once("stop_loss", "triggers", values=codes(stop_loss.triggers), key="code")
    for index, trigger in enumerate(stop_loss.triggers):
        if isinstance(trigger, ActivityCountTrigger | ActivitySumTrigger) and trigger.service:
            faults.among(
                "stop_loss", "triggers", index, "service", value=trigger.service, known=codes(document.services)
            )
