"""Constraints that Django does not ship: composite foreign keys, and spans that may not overlap."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Func


class CompositeForeignKey(models.BaseConstraint):
    """FOREIGN KEY (fields) REFERENCES to (to_fields), deferrable and initially deferred.

    Used with `ForeignKey(db_constraint=False)`, so that a row can never point into another organisation's data: the
    organisation travels in the key. `to` needs a unique constraint on `to_fields`.
    """

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        to: str,
        to_fields: Sequence[str],
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)

    def _clause(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        target = apps.get_model(self.to) if not hasattr(model._meta, "apps") else model._meta.apps.get_model(self.to)
        here = ", ".join(quote(model._meta.get_field(name).column) for name in self.fields)
        there = ", ".join(quote(target._meta.get_field(name).column) for name in self.to_fields)
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({here}) "
            f"REFERENCES {quote(target._meta.db_table)} ({there}) DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        return self._clause(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self._clause(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """The database judges; a form has no more to say than the foreign key field itself."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, "fields": self.fields, "to": self.to, "to_fields": self.to_fields}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompositeForeignKey):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = models.BaseConstraint.__hash__


def no_overlap(
    *, name: str, same: Sequence[str], message: str, ends_before: Any = "ends_before"
) -> ExclusionConstraint:
    """Rows alike in `same` may touch in time but never overlap ([starts_on, ends_before), open end = NULL).

    `ends_before` may be an expression, where the end of a row is worked out from two columns.
    """
    span = Func("starts_on", ends_before, function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=name,
        expressions=[*((field, RangeOperators.EQUAL) for field in same), (span, RangeOperators.OVERLAPS)],
        deferrable=Deferrable.DEFERRED,
        violation_error_message=message,
    )
