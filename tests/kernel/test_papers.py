"""Papers: what was typed is what is printed, the tags are there, and nothing outside the program is asked."""

import socket
from datetime import UTC, datetime

import pytest

from blended_pilot.kernel.papers import Facts, Heading, Paper, Paragraph, Points, Table, pdf
from tests.pdf import standard_of, tags_of, text_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def one(*blocks: Heading | Paragraph | Facts | Points | Table, **values: str) -> bytes:
    return pdf(Paper(title="Letter", author="Tidewater", blocks=blocks, **values), made_at=NOON)


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd")',
        '#import "@preview/cetz:0.3.0"',
        "#panic[x]",
        "$ sum_x $ *bold* _thin_ `raw` @label <label>",
        "= No heading",
        "/* gone? */ // gone?",
        '"quoted" \\ back\\slash \\u{41} { "json": 1 }',
        "http://example.org/a",
    ],
)
def test_what_a_person_typed_is_printed_as_it_was_typed(typed: str) -> None:
    made = one(
        Heading(typed), Paragraph(typed), Facts([(typed, typed)]), Points([typed]), Table([typed], [[typed]]),
        subtitle=typed, footer=typed,
    )  # fmt: skip

    assert text_of(made).count(typed) == 9
    assert tags_of(made)["Link"] == 0


def test_headings_lists_and_table_headers_are_tagged() -> None:
    made = one(
        Heading("Lines"),
        Facts([("Total", "1.00"), ("Issued", "today")]),
        Points(["one", "two", "three"]),
        Table(["Service", "Amount"], [["visit", "1.00"], ["day", "2.00"]], figures=[1], total=["Total", "3.00"]),
    )

    tags = tags_of(made)

    assert standard_of(made) == (True, "en-US", "1")
    assert {tag: tags[tag] for tag in ("H1", "H2", "LI", "TH", "TD", "TR")} == {
        "H1": 1, "H2": 1, "LI": 5, "TH": 2, "TD": 6, "TR": 4,
    }  # fmt: skip


def test_a_character_that_no_font_has_is_named_and_not_dropped() -> None:
    made = one(Paragraph("Ann \N{CJK UNIFIED IDEOGRAPH-4E2D}\N{GRINNING FACE}\x01 Łódź Ελλάδα"))

    assert "Ann [U+4E2D][U+1F600][U+0001] Łódź Ελλάδα" in text_of(made)


def test_the_same_paper_and_moment_give_the_same_bytes() -> None:
    assert one(Paragraph("Same")) == one(Paragraph("Same"))


def test_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("A paper asked the network.")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert text_of(one(Paragraph("Alone"))) == "Letter Alone Page 1 of 1"


def test_a_table_of_many_pages_repeats_its_header_and_numbers_its_pages() -> None:
    rows = [[str(number), "1.00"] for number in range(200)]

    said = text_of(one(Table(["Number", "Amount"], rows, figures=[1])))

    assert said.count("Number Amount") == 4
    assert "Page 4 of 4" in said
    assert "Page 1 of 4" in said
