"""Files of proof in the story: small letters as a surgery or an office would send them, one of them as a scan."""

from datetime import UTC, datetime
from functools import cache

from blended_pilot.kernel.papers import PDF_TYPE, Facts, Paper, Paragraph, pdf
from blended_pilot.kernel.pictures import picture

PRINTED_AT = datetime(2026, 1, 5, tzinfo=UTC)  # inside the file; the same story gives the same bytes
LETTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "resident": (
        "Confirmation of address",
        "Harbor County, register office",
        ("The person named overleaf has lived in Harbor County since before the first of January.",),
    ),
    "condition": (
        "Summary of conditions",
        "Pier Street family practice",
        (
            "Type 2 diabetes since 2011, with neuropathy of both feet. Heart failure, stable on treatment.",
            "Two admissions in the last year, each after a weekend without a visit.",
        ),
    ),
    "consent": (
        "Agreement to take part",
        "Tidewater Community Care",
        ("I have been told what the pilot offers and what is recorded about me, and I agree to take part.",),
    ),
    "safeguarding": (
        "Note of the visit",
        "Tidewater Community Care",
        (
            "Bruises on both forearms, some older than others. Says she fell; cannot say where or when.",
            "The neighbour heard shouting on two evenings this week. The daughter's partner has moved in.",
            "Agreed with the supervisor: a visit every day until the case conference, never alone.",
        ),
    ),
}


@cache
def letter(code: str) -> bytes:
    """A PDF of one page."""
    title, author, lines = LETTERS[code]
    blocks = (
        Facts([("From", author), ("About", "the person named in the covering form")]),
        *(Paragraph(line) for line in lines),
    )
    return pdf(Paper(title=title, author=author, blocks=blocks), made_at=PRINTED_AT)


@cache
def scan(code: str) -> bytes:
    """The same page as a PNG picture."""
    return picture([letter(code)], content_type=PDF_TYPE).png
