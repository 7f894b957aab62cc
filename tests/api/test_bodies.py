"""What the interface does not even look at, and what it does."""

from decimal import Decimal

import pytest

from accounts.api.bodies import DEEPEST, LARGEST_BYTES, Unfit, read

UNFIT = [
    (b"", "not JSON"),
    (b" ", "not JSON"),
    (b"{", "not JSON"),
    (b"}", "not JSON"),
    (b"{}{}", "not JSON"),
    (b"{},", "not JSON"),
    (b"{'a': 1}", "not JSON"),
    (b"{a: 1}", "not JSON"),
    (b'{"a": 1,}', "not JSON"),
    (b'{"a": 01}', "not JSON"),
    (b'{"a": +1}', "not JSON"),
    (b'{"a": .5}', "not JSON"),
    (b'{"a": 0x10}', "not JSON"),
    (b'{"a": "line\nbreak"}', "not JSON"),
    (b'{"a": "\\x00"}', "not JSON"),
    (b'{"a": undefined}', "not JSON"),
    (b'{"a": 1} // why', "not JSON"),
    (b"\xef\xbb\xbf{}", "not JSON"),
    (b"\xff\xfe{\x00}\x00", "not UTF-8"),
    (b'{"a": "\xc3"}', "not UTF-8"),
    (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
    (b"[]", "must be a JSON object"),
    (b'"text"', "must be a JSON object"),
    (b"1", "must be a JSON object"),
    (b"null", "must be a JSON object"),
    (b"true", "must be a JSON object"),
    (b'{"a": NaN}', "not a JSON number"),
    (b'{"a": Infinity}', "not a JSON number"),
    (b'{"a": -Infinity}', "not a JSON number"),
    (b'{"a": ' + b"9" * 5_000 + b"}", "digits"),
    (b'{"a": 1.' + b"9" * 5_000 + b"}", "digits"),
    (b'{"a": 1e999}', "digits"),
    (b'{"a": 1e-999}', "digits"),
    (b'{"a": 1e99999999999999999999}', "counted"),
    (b'{"a": 1, "a": 2}', "'a' stands twice"),
    (b'{"a": {"b": 1, "c": 2, "b": 1}}', "'b' stands twice"),
    (b'{"a": 1, "\\u0061": 2}', "'a' stands twice"),
    (b'{"a": "\\u0000"}', "NUL"),
    (b'{"\\u0000": 1}', "NUL"),
    (b'{"a": ["x", {"b": "y\\u0000"}]}', "NUL"),
    (b'{"a": "\\ud800"}', "surrogate"),
    (b'{"a": "\\udfff tail"}', "surrogate"),
    (b'{"\\udead": 1}', "surrogate"),
    (b'{"a": "\\udc00\\ud800"}', "surrogate"),
    (b'{"a":' * DEEPEST + b"{}" + b"}" * DEEPEST, "nested deeper"),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper"),
    (b'{"a": "' + b"x" * LARGEST_BYTES + b'"}', "larger than"),
]


@pytest.mark.parametrize(("raw", "said"), UNFIT, ids=[str(number) for number in range(len(UNFIT))])
def test_an_unfit_body_is_refused_with_a_sentence(raw, said):
    with pytest.raises(Unfit, match=said):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "means"),
    [
        (b"{}", {}),
        (b'{"a": 1.10, "b": -2, "c": [null, true]}', {"a": Decimal("1.10"), "b": -2, "c": [None, True]}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\N{GRINNING FACE}"}),
        (b'{"a": {"b": 1}, "b": 1}', {"a": {"b": 1}, "b": 1}),
        (b'{"a":' * (DEEPEST - 1) + b"{}" + b"}" * (DEEPEST - 1), None),
    ],
)
def test_a_fit_body_is_read_exactly(raw, means):
    found = read(raw)
    assert means is None or found == means
