"""How figures and months are written: exact decimal text, `2026-03`."""

from datetime import date
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blended_pilot.kernel.periods import parse_month


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["-1083.00"]})
class ExactField(serializers.Field):
    """A decimal as text with just its digits, at least `places` of them behind the point."""

    def __init__(self, *, places: int = 0, **options: Any) -> None:
        super().__init__(read_only=True, **options)
        self.places = places

    def to_representation(self, value: Decimal) -> str:
        whole, _, fraction = format(value.normalize() if value else Decimal(0), "f").partition(".")
        fraction = fraction.ljust(self.places, "0")
        return f"{whole}.{fraction}" if fraction else whole


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-03"]})
class MonthField(serializers.Field):
    """The first of a month as YYYY-MM."""

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"

    def to_internal_value(self, data: Any) -> date:
        try:
            return parse_month(str(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None
