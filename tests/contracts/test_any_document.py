"""Whatever is done to a document, the answer is terms or sentences, never a defect."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from contracts.rules.alignment import align
from contracts.rules.canonical import content
from contracts.rules.comparison import compare
from contracts.rules.validation import parse_values
from tests.contracts.full_document import full

ODD: list[Any] = [
    *(None, True, 0, -1, 10**20, "", "x", "2026-01-01", "9999-12-31", "0001-01-01", "1.5", "\x00", "é" * 50),
    *("as_billed", "L9", "A", "2/month", "nothing"),
    *([], [[]], [{}], [1, 2], ["baseline"]),
    *({}, {"a": 1}, {"from": "2026-01-01"}, {"tiers": []}, {"tiers": [{"amount": 1}], "per": "month"}),
]


def places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if steps:
        yield steps
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*steps, key))


def mutated(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)  # noqa: S311 - the same documents at every run
    values = full()
    for _ in range(chance.randint(1, 3)):
        *steps, last = chance.choice(list(places(values)))
        place: Any = values
        for step in steps:
            place = place[step]
        match chance.randrange(4):
            case 0:
                del place[last]
            case 1 if isinstance(place, list):
                place.append(deepcopy(chance.choice(place)))
            case 1:
                place["zz"] = 1
            case _:
                place[last] = deepcopy(chance.choice(ODD))
    return values


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_a_mutated_document_is_terms_or_sentences(start: int) -> None:
    for seed in range(start, start + 100):
        parsed = parse_values(mutated(seed))
        assert (parsed.document is None) == bool(parsed.faults)
        # pydantic's own words never reach a person
        assert [line for line in parsed.sentences if "Input should" in line or "<" in line.split(":")[0]] == []
        if parsed.document is not None:
            stored = json.loads(json.dumps(content(parsed.document)))
            assert parse_values(stored).document == parsed.document
            align(parsed.document)
            compare(full(), stored)
