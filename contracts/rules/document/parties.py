"""Who agrees, for how long, and the words that everything else is coded in."""

from typing import Annotated

from pydantic import Field

from contracts.rules.document.base import Code, Day, LongCode, Name, Part, Seq, Text, Whole


class Pilot(Part):
    """Several contracts may share one pilot."""

    code: LongCode
    name: Name


class Organisation(Part):
    code: LongCode
    name: Name


class Calendar(Part):
    """Public holidays for clocks that count business days. Without it every weekday is a business day."""

    country: Code = Field(description="ISO country code")
    subdivision: Code | None = Field(default=None, description="State, province or nation with holidays of its own")
    extra_holidays: Seq[Day] = ()


class Term(Part):
    """First and last day of the agreement."""

    from_: Day = Field(alias="from")
    to: Day


class AttachmentName(Part):
    """A document that the parties agreed; the file itself is uploaded beside the contract."""

    title: Name
    file: Name


class Level(Part):
    """A service level. The rank decides what is an upgrade, not the order of the list."""

    code: Code
    rank: Annotated[Whole, Field(description="Higher is more intensive; every rank once")]
    name: Name
    description: Text | None = None
