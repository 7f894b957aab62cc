"""A look at a file of proof: pixels drawn by a process of its own, or nothing."""

import struct
import zlib
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from blended_pilot.kernel import pictures
from blended_pilot.kernel.papers import Heading, Paper, pdf
from blended_pilot.kernel.pictures import Undrawable, picture
from tests.eligibility.hostile import PNG, chunk, docx

LETTER = pdf(
    Paper(title="A letter", author="A surgery", blocks=[Heading(f"Finding {number}") for number in range(80)]),
    made_at=datetime(2026, 3, 2, tzinfo=UTC),
)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def wide(pixels: int) -> bytes:
    """A small file that unpacks to a square of many pixels."""
    rows = zlib.compress((b"\0" + bytes(pixels // 8)) * pixels, 9)
    header = struct.pack(">IIBBBBB", pixels, pixels, 1, 0, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_letter_is_drawn_page_by_page_until_the_last():
    page, seen = 1, []
    while True:
        drawn = picture([LETTER], content_type="application/pdf", page=page)
        seen.append(drawn.png)
        assert drawn.png.startswith(SIGNATURE)
        assert size(drawn.png)[0] == 1067
        if not drawn.more:
            break
        page += 1
    assert len(seen) == len(set(seen)) > 1
    with pytest.raises(Undrawable):
        picture([LETTER], content_type="application/pdf", page=page + 1)


def test_a_picture_is_drawn_anew():
    hidden = PNG[:-12] + chunk(b"tEXt", b"Comment\0<script>alert(1)</script>") + PNG[-12:]
    drawn = picture([hidden[:20], hidden[20:]], content_type="image/png")
    assert (drawn.more, b"script" in drawn.png) == (False, False)
    assert size(drawn.png)[0] == 1067


@pytest.mark.parametrize(
    ("content", "content_type", "page"),
    [
        (b"%PDF-1.7\nnot one\n%%EOF", "application/pdf", 1),
        (b"", "image/jpeg", 1),
        (wide(40_000), "image/png", 1),
        (docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 1),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 1),
        (PNG, "image/png", 2),
        (LETTER, "application/pdf", 0),
    ],
    ids=["broken", "empty", "too-much", "word", "svg", "second-of-one", "before-the-first"],
)
def test_what_cannot_be_drawn_gives_no_picture(content: bytes, content_type: str, page: int):
    with pytest.raises(Undrawable):
        picture([content], content_type=content_type, page=page)


def test_who_draws_for_too_long_is_ended():
    with patch.object(pictures, "SECONDS", 0.001), pytest.raises(Undrawable):
        picture([LETTER], content_type="application/pdf")
