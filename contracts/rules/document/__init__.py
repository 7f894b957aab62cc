"""The contract document as typed, frozen values; attribute names are the document's keys. Plain Python."""

from contracts.rules.document.base import Frequency, Part, Range, Segment
from contracts.rules.document.baseline import Baseline, Block, GovernancePost, PackageItem, RateCell, StaffingRole
from contracts.rules.document.care import Authorization, Clock, Eligibility, Instrument
from contracts.rules.document.contract import SCHEMA, ContractDocument
from contracts.rules.document.outcomes import FixedPool, Measure, Outcomes, WithheldPool
from contracts.rules.document.parties import Level, Organisation, Term
from contracts.rules.document.risk import Corridor, StopLoss, Threshold
from contracts.rules.document.services import AS_BILLED, DatedAmount, Maximum, Service, Tier, TieredPrice
from contracts.rules.document.settlement import COMPONENTS, GATES, Gate, Monitoring, Rounding, Settlement

__all__ = [
    "AS_BILLED",
    "COMPONENTS",
    "GATES",
    "SCHEMA",
    "Authorization",
    "Baseline",
    "Block",
    "Clock",
    "ContractDocument",
    "Corridor",
    "DatedAmount",
    "Eligibility",
    "FixedPool",
    "Frequency",
    "Gate",
    "GovernancePost",
    "Instrument",
    "Level",
    "Maximum",
    "Measure",
    "Monitoring",
    "Organisation",
    "Outcomes",
    "PackageItem",
    "Part",
    "Range",
    "RateCell",
    "Rounding",
    "Segment",
    "Service",
    "Settlement",
    "StaffingRole",
    "StopLoss",
    "Term",
    "Threshold",
    "Tier",
    "TieredPrice",
    "WithheldPool",
]
