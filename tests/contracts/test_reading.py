from decimal import Decimal
from typing import Any

import pytest

from contracts.rules.reading import LARGEST_BYTES, Unreadable, decoded, read
from contracts.rules.validation import parse

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 0.10", Decimal("0.10")),
        ("a: 10", 10),
        ("a: -3", -3),
        ("a: 010", "010"),
        ("a: 1_000", "1_000"),
        ("a: 12:30", "12:30"),
        ("a: 0x1F", "0x1F"),
        ("a: 1e3", "1e3"),
        ("a: .inf", ".inf"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 2026-02-30", "2026-02-30"),
        ("a: no", False),
        ("a: 'no'", "no"),
        ("a: {on: 1, 2026: 2}", {"on": 1, "2026": 2}),
        ("a: [1, {b: , c: 1}]", [1, {"c": 1}]),
        ("x: &x {b: 1, c: 2}\na: {<<: *x, b: 3}", {"b": 3, "c": 2}),
    ],
)
def test_yaml_values_are_taken_as_they_stand(text: str, value: Any) -> None:
    found = read(text, "yaml")["a"]
    assert (found, type(found)) == (value, type(value))


def test_json_decimals_are_exact() -> None:
    assert read('{"a": 0.10, "b": 1}', "json") == {"a": Decimal("0.10"), "b": 1}


@pytest.mark.parametrize(
    ("text", "form", "sentence"),
    [
        ("", "yaml", "It is empty."),
        ("- a", "yaml", "It must be a mapping of keys, beginning with `schema:`."),
        ("a: 1\na: 2", "yaml", "Line 2: the key 'a' is there twice."),
        ("a: {b: 1, b: 2}", "yaml", "Line 1: the key 'b' is there twice."),
        ("? [a]\n: 1", "yaml", "Line 1: a key must be a word, not a list or a mapping."),
        ("a: &a [*a]", "yaml", "Line 1: a value contains itself."),
        ("a: [", "yaml", "Line 1, column 5: expected the node content, but found '<stream end>'."),
        ("a: 1\n---\nb: 2", "yaml", "Line 2, column 1: but found another document."),
        ("a: !!python/name:os.system x", "yaml", None),
        ("a: !!int xyz", "yaml", None),
        ("a: !!float abc", "yaml", None),
        ("a: \x00", "yaml", "Character 4 is not allowed in YAML: special characters are not allowed."),
        ("[" * 5000, "yaml", "It is nested more than 30 deep."),
        ("a: " + "[" * 31 + "]" * 31, "yaml", "It is nested more than 30 deep."),
        (BOMB, "yaml", "It holds more than 50000 values (aliases counted each time they are used)."),
        ('{"a": 1, "a": 2}', "json", "The key 'a' is there twice in one mapping."),
        ('{"a": NaN}', "json", "NaN is not a number."),
        ("{", "json", "Line 1, column 2: Expecting property name enclosed in double quotes."),
        ("[" * 100_000, "json", "It is nested more than 30 deep."),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "json", "It is nested more than 30 deep."),
        ("a" * (LARGEST_BYTES + 1), "yaml", "It is larger than 1000 kB, which no contract is."),
    ],
)
def test_what_cannot_be_taken_apart_says_why(text: str, form: Any, sentence: str | None) -> None:
    with pytest.raises(Unreadable) as error:
        read(text, form)
    if sentence is not None:
        assert str(error.value) == sentence


def test_a_file_must_be_text() -> None:
    with pytest.raises(Unreadable, match=r"not UTF-8 text \(byte 3\)"):
        decoded(b"a:\xff")
    assert decoded(b"\xef\xbb\xbfa: 1") == "a: 1"


def test_an_unreadable_document_is_one_fault() -> None:
    assert parse("a: [", "yaml").sentences == (
        "document: cannot be read as YAML: Line 1, column 5: expected the node content, but found '<stream end>'",
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "\\u0000"}',
        '{"schema": "\\ud800"}',
        '{"a": 1e999999999}',
        '{"version": ' + "9" * 5000 + "}",
        "a: 1e+9",
    ],
)
def test_odd_values_are_faults_and_not_defects(text: str) -> None:
    parsed = parse(text, "json" if text.startswith("{") else "yaml")
    assert parsed.document is None
    assert parsed.sentences
