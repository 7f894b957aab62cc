"""A look at a file that somebody brought: one page of it as pixels, so that no browser ever opens the file itself.

What draws may meet anything, so it runs as a process of its own with little time and memory (`draw.py`); if it does not
come back, there is no picture. What comes out is a new PNG: no script, link, form or metadata of the file is in it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DRAW = Path(__file__).resolve().parent / "draw.py"
KINDS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
MOST_PAGES = 10_000
SECONDS = 20  # by the clock; `draw.py` allows fewer of the processor


class Undrawable(Exception):
    """The file is of no kind that can be drawn, is damaged, takes too much, or has no such page."""


@dataclass(frozen=True)
class Picture:
    """`more` says that another page follows."""

    png: bytes
    page: int
    more: bool


def picture(chunks: Iterable[bytes], *, content_type: str, page: int = 1) -> Picture:
    """Draw page `page` (from 1) of the file that `chunks` are. Takes tenths of a second. Raises Undrawable."""
    kind = KINDS.get(content_type)
    if kind is None or not 1 <= page <= MOST_PAGES or (page > 1 and kind != "pdf"):
        raise Undrawable(content_type)
    with tempfile.TemporaryDirectory(prefix="blended-pilot-picture-") as folder:
        with (Path(folder) / "file").open("wb") as target:
            target.writelines(chunks)
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(DRAW), folder, kind, str(page)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=True,
                env={},
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise Undrawable(content_type) from error
    return Picture(png=done.stdout[1:], page=page, more=done.stdout[:1] == b"+")
