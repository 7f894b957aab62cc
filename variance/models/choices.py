"""The fixed words of the money stage, with the sentence that a person reads for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from variance import lifecycle


class CycleStatus(models.TextChoices):
    OPEN = lifecycle.OPEN, _("Open")
    CALCULATED = lifecycle.CALCULATED, _("Calculated")
    IN_REVIEW = lifecycle.IN_REVIEW, _("In review")
    APPROVED = lifecycle.APPROVED, _("Approved")
    CLOSED = lifecycle.CLOSED, _("Closed")


class Component(models.TextChoices):
    BASELINE = "baseline", _("Baseline")
    ACTIVITY = "activity", _("Activity")
    THRESHOLD = "threshold", _("Demand adjustment")
    STOP_LOSS = "stop_loss", _("Stop-loss")
    CORRIDOR = "corridor", _("Risk corridor")
    WITHHOLD = "withhold", _("Withhold")
    OUTCOME = "outcome", _("Outcome")
    AGREED = "agreed", _("Agreed sum")


class LineKind(models.TextChoices):
    CURRENT = "current", _("Current month")
    ADJUSTMENT = "adjustment", _("Adjustment")


class Reason(models.TextChoices):
    """Why an adjustment is posted: the first of these that applies."""

    RETRO_COVERAGE = "retro_coverage", _("Coverage, cohort or geography changed afterwards")
    RETRO_LEVEL = "retro_level", _("The level changed afterwards")
    RETRO_RATE = "retro_rate", _("The rate or price changed afterwards")
    LATE_ACTIVITY = "late_activity", _("Recorded after the month had closed")
    LATE_VERIFICATION = "late_verification", _("Verified after the month had closed")
    ACTIVITY_REVERSED = "activity_reversed", _("The record was reversed")
    ACTIVITY_CORRECTED = "activity_corrected", _("The record, or one it depends on, was corrected")
    RETRO_AUTHORIZATION = "retro_authorization", _("An authorisation was decided or changed afterwards")
    OUTCOME_REVISED = "outcome_revised", _("An outcome was revised")
    TERMS_CHANGED = "terms_changed", _("The signed terms changed")
    DISPUTE_UPHELD = "dispute_upheld", _("A dispute was upheld")
    GATE_PASSED = "gate_passed", _("A gate that held the amount has passed")


class OutcomeCode(models.TextChoices):
    """What became of a record of episodic work, or of the part of it that fits."""

    PAID = "paid", _("Paid.")
    COSTED = "costed", _("Counted as cost; the contract does not pay for this service.")
    NOT_ENROLLED = "not_enrolled", _("The person was not covered on the date of service, or it lies outside the term.")
    DUPLICATE = "duplicate", _("The same work is already recorded under another reference.")
    LATE_FILING = "late_filing", _("It was received after the contract's filing limit.")
    IN_BASELINE_PACKAGE = "in_baseline_package", _("The baseline package includes this service at the level in force.")
    BUNDLED = "bundled", _("An open episode of another service already pays for it.")
    NO_AUTHORIZATION = "no_authorization", _("The service needs an authorisation, and none covers this date.")
    UNITS_EXCEEDED = "units_exceeded", _("The authorised units are used up.")
    MAXIMUM_REACHED = "maximum_reached", _("The contract's maximum for this service is used up.")
    CRITERIA_NOT_MET = "criteria_not_met", _("A criterion of the service was not met, or the work was not delivered.")
    UNVERIFIED = "unverified", _("It waits for verification.")
    REVERSED = "reversed", _("It was reversed by another record.")
    NO_PRICE = "no_price", _("There is no price in force for it, or no amount was billed.")
    NOT_JUDGED = (
        "not_judged",
        _("It is no longer judged: corrected to a later month or to a service that has no price."),
    )


#: Outcomes that leave nothing to explain on the list of unpaid work.
ACCEPTED = (OutcomeCode.PAID, OutcomeCode.COSTED, OutcomeCode.NOT_JUDGED)


class ExceptionCode(models.TextChoices):
    NO_LEVEL = "no_level", _("Covered, but no level and no provisional level applies")
    NO_RATE = "no_rate", _("No rate cell matches")
    NOT_DELIVERED = "not_delivered", _("No package service was delivered in the month")
    OUT_OF_REACH = "out_of_reach", _("The change lies further back than the contract lets a cycle reach")
