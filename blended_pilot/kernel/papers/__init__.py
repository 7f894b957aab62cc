"""Papers: PDF documents to print, file or send, made on the server without network.

A paper is plain data (headings, paragraphs, facts, tables) and is drawn by one template, `paper.typ`. Text reaches the
renderer as JSON and is placed as text, so nothing that a person typed can become markup. What comes out is tagged
PDF/UA-1: headings, lists and table headers reach a screen reader.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

PDF_TYPE = "application/pdf"
TEMPLATE = Path(__file__).resolve().parent / "paper.typ"
FONTS = TEMPLATE.parent / "fonts"
NOWHERE = "/nonexistent"  # packages are neither looked for nor fetched
ROUNDS = 3  # of replacing characters that no shipped font has; the first one names them all

_UNDRAWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


@dataclass(frozen=True)
class Heading:
    """A heading under the title; `level` 2 or 3, without a step left out."""

    text: str
    level: int = 2
    kind: str = "heading"


@dataclass(frozen=True)
class Paragraph:
    """Running text; `strong` for the one sentence that must not be overlooked. Line breaks are kept."""

    text: str
    strong: bool = False
    kind: str = "paragraph"


@dataclass(frozen=True)
class Facts:
    """Label and value, one below the other."""

    rows: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]
    kind: str = "points"


@dataclass(frozen=True)
class Table:
    """Cells as text. `figures` are the positions of columns set to the right, `widest` that of the one that takes the
    room left over; `total` is a last row, in bold. A table of many columns says by `shares` how they divide its width.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[int] = ()
    widest: int | None = None
    shares: Sequence[int] = ()
    total: Sequence[str] = ()
    kind: str = "table"


Block = Heading | Paragraph | Facts | Points | Table


@dataclass(frozen=True)
class Paper:
    """One document. `footer` is printed on every page beside the page number: what this is and what proves it."""

    title: str
    blocks: Sequence[Block]
    author: str
    subtitle: str = ""
    footer: str = ""
    wide: bool = False  # landscape, for tables of many columns


def pdf(paper: Paper, *, made_at: datetime) -> bytes:
    """The paper as tagged PDF. The same paper and moment give the same bytes.

    A character that no shipped font can draw stands as its code point, such as [U+4E2D], and is not dropped.
    """
    text = json.dumps(_content(paper), ensure_ascii=False)
    for _round in range(ROUNDS):
        try:
            return _compiled(text, made_at)
        except typst.TypstError as error:
            missing = _undrawn(error.diagnostic)
            if not missing:
                raise
        for character in missing:
            text = text.replace(json.dumps(character, ensure_ascii=False)[1:-1], f"[U+{ord(character):04X}]")
    return _compiled(text, made_at)


def _content(paper: Paper) -> dict[str, Any]:
    language, _dash, region = (get_language() or settings.LANGUAGE_CODE).partition("-")
    return {**asdict(paper), "language": language, "region": region or None, "page": _("Page %(here)s of %(all)s")}


def _compiled(text: str, made_at: datetime) -> bytes:
    compiler = typst.Compiler(
        TEMPLATE,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"paper": text},
        package_path=NOWHERE,
        package_cache_path=NOWHERE,
    )
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(made_at.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    """The font of the screen, whole, and the few that come with the renderer for other scripts.

    Not the screen's own files: the renderer takes one file for each weight, and those are cut by alphabet.
    """
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])


def _undrawn(diagnostic: str) -> set[str]:
    """The characters that the renderer names as impossible to draw."""
    found = "".join(
        _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), named) for named in _UNDRAWN.findall(diagnostic)
    )
    return {character for character in found if not ("!" <= character <= "~")}
