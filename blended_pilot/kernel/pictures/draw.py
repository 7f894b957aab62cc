"""The process that draws: FOLDER KIND PAGE. Says `+` or `-` (whether a page follows) and the PNG. Imports none of us.

It reads `file` in FOLDER, writes nowhere else, and has little memory and time.
"""

import resource
import sys
from pathlib import Path

import typst

MEMORY = 1 << 30  # bytes of address space
PROCESSOR_SECONDS = 10
WIDTH = "480pt"
PIXELS_PER_INCH = 160  # a page of a letter reads well at this
SOURCE = """#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image("file", format: "{kind}", width: {width}{page})
"""
NOWHERE = "/nonexistent"  # packages are neither looked for nor fetched


def draw(folder: Path, kind: str, page: int, width: str) -> bytes:
    """Raises typst.TypstError for a page that is not there."""
    source = folder / "page.typ"
    of_page = f", page: {page}" if kind == "pdf" else ""
    source.write_text(SOURCE.format(kind=kind, width=width, page=of_page))
    made = typst.compile(
        str(source),
        root=str(folder),
        format="png",
        ppi=PIXELS_PER_INCH,
        ignore_system_fonts=True,
        package_path=NOWHERE,
        package_cache_path=NOWHERE,
    )
    assert isinstance(made, bytes)
    return made


def follows(folder: Path, page: int) -> bool:
    try:
        draw(folder, "pdf", page, "1pt")
    except Exception:  # whatever is wrong with it, there is nothing to turn to
        return False
    return True


def main(folder: Path, kind: str, page: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    drawn = draw(folder, kind, page, WIDTH)
    more = kind == "pdf" and follows(folder, page + 1)
    sys.stdout.buffer.write((b"+" if more else b"-") + drawn)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
