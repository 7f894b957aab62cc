"""A row as plain data, to be put back as it was."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


def as_data(row: models.Model) -> dict[str, Any]:
    """Every column by its attribute, as JSON has it."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def from_data(model: Any, values: dict[str, Any]) -> Any:
    """The row that `as_data` told, not saved."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(value) for name, value in values.items() if name in fields})
