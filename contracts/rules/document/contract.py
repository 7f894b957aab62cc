"""The whole document."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.rules.document.base import CodedName, Count, Day, LongCode, Name, Part, Seq, SomeOf, Text, fault
from contracts.rules.document.baseline import Baseline
from contracts.rules.document.care import Authorization, Eligibility
from contracts.rules.document.outcomes import Outcomes
from contracts.rules.document.parties import AttachmentName, Calendar, Level, Organisation, Pilot, Term
from contracts.rules.document.risk import Corridor, EarlyWarning, StopLoss, Threshold
from contracts.rules.document.services import Service
from contracts.rules.document.settlement import Gate, Monitoring, Settlement

SCHEMA = "blended-pilot/contract/1"


def _first_of_month(day: date) -> date:
    if day.day != 1:
        raise fault(f"must be the first of a month, and is {day}")
    return day


class ContractDocument(Part):
    """What two parties sign. A part that is left out has no component, page or gate."""

    schema_: Literal["blended-pilot/contract/1"] = Field(alias="schema")
    code: LongCode
    title: Name
    pilot: Pilot | None = Field(default=None, description="Left out: a pilot of the contract's own code and title")
    version: Count
    in_force_from: Annotated[Day, AfterValidator(_first_of_month)]
    commissioner: Organisation
    provider: Organisation
    currency: Text
    timezone: Text
    calendar: Calendar | None = None
    term: Term
    attachments: Seq[AttachmentName] = ()
    levels: SomeOf[Level]
    cohorts: SomeOf[CodedName]
    geographies: SomeOf[CodedName]
    eligibility: Eligibility | None = None
    authorization: Authorization | None = None
    services: SomeOf[Service]
    baseline: Baseline
    thresholds: Seq[Threshold] = ()
    stop_loss: StopLoss | None = None
    corridor: Corridor | None = None
    early_warnings: Seq[EarlyWarning] = ()
    outcomes: Outcomes | None = None
    settlement: Settlement
    gates: Seq[Gate]
    monitoring: Monitoring = Monitoring()

    @property
    def provisional_level(self) -> str | None:
        """Level of a covered day before the first level span; None: an exception on the cycle."""
        return self.eligibility.provisional_level if self.eligibility else None

    @property
    def lapse_level(self) -> str | None:
        """Paid level of a covered day after a level span's end; None: an exception on the cycle."""
        return self.authorization.lapse.paid_level if self.authorization and self.authorization.lapse else None

    def service(self, code: str) -> Service | None:
        return next((service for service in self.services if service.code == code), None)
