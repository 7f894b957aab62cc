"""Everything that staff may record, and what an episodic unit of it costs."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from contracts.rules.document.base import (
    Amount,
    Code,
    Days,
    DaysOrNone,
    LongCode,
    Name,
    Part,
    Positive,
    Range,
    Seq,
    SomeOf,
    Text,
    YesNo,
)

AS_BILLED: Literal["as_billed"] = "as_billed"


class TemplateField(Part):
    """A field of the standard record beyond the ones the program knows by name."""

    code: Code
    label: Name
    type: Literal["text", "number", "yes_no", "choice", "date"] = "text"
    choices: Seq[Name] = ()


class DatedAmount(Range):
    """A unit price for a range of service dates."""

    amount: Amount


class Tier(Part):
    """The unit price up to and including `to` units; the last tier has no `to`."""

    to: Positive | None = None
    amount: Amount


class TieredPrice(Part):
    """Units of one `per` priced through tiers: each at its own tier (marginal) or all at the one reached (cliff)."""

    tiers: SomeOf[Tier]
    per: Literal["episode", "month"]
    mode: Literal["marginal", "cliff"] = "marginal"


class ServiceCriterion(Part):
    """Answered met or not met on the record, and checked at verification."""

    code: Code
    text: Text


class Maximum(Part):
    """No more than `units` for one member within `within_days` days, both ends counted."""

    units: Positive
    within_days: Days


def _kind_of_price(value: Any) -> str:
    if value == AS_BILLED:
        return "<as billed>"
    if isinstance(value, list | tuple):
        return "<dated>"
    if isinstance(value, dict | TieredPrice):
        return "<tiers>"
    return "<flat>"


def _kind_of_field(value: Any) -> str:
    return "<own>" if isinstance(value, dict | TemplateField) else "<known>"


Price = Annotated[
    Annotated[Amount, Tag("<flat>")]
    | Annotated[SomeOf[DatedAmount], Tag("<dated>")]
    | Annotated[TieredPrice, Tag("<tiers>")]
    | Annotated[Literal["as_billed"], Tag("<as billed>")],
    Discriminator(_kind_of_price),
]
RecordField = Annotated[
    Annotated[Code, Tag("<known>")] | Annotated[TemplateField, Tag("<own>")], Discriminator(_kind_of_field)
]


class Service(Part):
    """`baseline` work is paid by the rates; an `episodic` unit is paid by its price, or only counted (`paid: no`)."""

    code: LongCode
    name: Name
    kind: Literal["baseline", "episodic"]
    unit: Name = "unit"
    template: Seq[RecordField] = ()
    price: Price | None = Field(default=None, description="Needed for episodic services, and only for them")
    price_ceiling: Amount | None = Field(default=None, description="Most that one unit billed as it was may cost")
    paid: YesNo = Field(default=True, description="no: the provider's cost, counted everywhere but never paid")
    authorization: Literal["required", "not_required"] = "not_required"
    criteria: Seq[ServiceCriterion] = ()
    maximum: Maximum | None = None
    bundled_into: Seq[LongCode] = ()
    filing_limit_days: DaysOrNone | None = Field(default=None, description="Left out: no limit")
    follow_up_days: Days | None = None

    @property
    def episodic(self) -> bool:
        return self.kind == "episodic"

    @property
    def costed(self) -> bool:
        """Priced and counted, but not paid."""
        return self.episodic and not self.paid

    @property
    def as_billed(self) -> bool:
        return isinstance(self.price, str)

    @property
    def tiered(self) -> TieredPrice | None:
        return self.price if isinstance(self.price, TieredPrice) else None

    @property
    def dated_amounts(self) -> tuple[DatedAmount, ...]:
        """Flat and dated prices alike; empty for tiers, as-billed and baseline services."""
        if self.price is None or isinstance(self.price, str | TieredPrice):
            return ()
        if isinstance(self.price, tuple):
            return self.price
        return (DatedAmount.model_validate({"amount": self.price}),)
