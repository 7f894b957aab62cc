"""A version as a file: the text as it was loaded, or the same content in the other format."""

import json

import yaml

from contracts.models import ContractVersion
from contracts.queries.versions import in_order
from contracts.rules.document import ContractDocument
from contracts.rules.reading import Format

TYPES = {"yaml": "application/yaml; charset=utf-8", "json": "application/json"}


def as_text(version: ContractVersion, form: Format) -> str:
    """Byte for byte what was loaded when that was in `form`; otherwise the same content written anew."""
    if version.source_format == form:
        return version.source
    values = in_order(version)
    if form == "json":
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)


def schema() -> str:
    """The JSON Schema of the contract document."""
    published = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ContractDocument.model_json_schema(by_alias=True),
        "title": "Contract document",
    }
    return json.dumps(published, indent=2)
