"""How large a file may be, from the settings."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """`bytes` of the file as sent, `unpacked` of a spreadsheet's parts, `rows` below the header, `cells` of a sheet."""

    bytes: int
    unpacked: int
    rows: int
    cells: int
    cell_characters: int = 131_072  # of one cell; what the csv module itself allows


def limits() -> Limits:
    return Limits(
        bytes=settings.FEED_LARGEST_BYTES,
        unpacked=settings.FEED_LARGEST_UNPACKED_BYTES,
        rows=settings.FEED_MOST_ROWS,
        cells=settings.FEED_MOST_CELLS,
    )
