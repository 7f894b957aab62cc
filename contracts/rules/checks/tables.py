"""Tables that must fit together: dated ranges and bands."""

from collections.abc import Sequence
from itertools import pairwise

from contracts.rules.document import Range, Segment
from contracts.rules.faults import Faults, Place, key_path


def check_range(span: Range, path: tuple[Place, ...], faults: Faults) -> None:
    """The days may lie outside the term, as where a price list is agreed for longer than the contract."""
    if span.from_ and span.to and span.to < span.from_:
        faults.add(*path, "to", sentence=f"{span.to} is before {span.from_}, the day it is from")


def check_apart(spans: Sequence[Range], path: tuple[Place, ...], what: str, faults: Faults) -> None:
    """No two of the ranges share a day."""
    for later, span in enumerate(spans):
        for earlier in range(later):
            if span.overlaps(spans[earlier]):
                faults.add(*path, later, sentence=f"overlaps {key_path((*path, earlier))}: {what}")
                break


def check_bands(bands: Sequence[Segment], path: tuple[Place, ...], faults: Faults) -> None:
    """They start at 0, adjoin, and the last is open."""
    if bands[0].from_ != 0:
        faults.add(*path, 0, "from", sentence=f"bands start at 0, and this one at {bands[0].from_}")
    for index, (band, following) in enumerate(pairwise(bands)):
        if band.to is None:
            faults.add(*path, index, "to", sentence="is missing; only the last band is without an end")
        elif following.from_ > band.to:
            faults.add(
                *path,
                index + 1,
                "from",
                sentence=f"leaves a gap: the band before ends at {band.to}, and this one starts at {following.from_}",
            )
        elif following.from_ < band.to:
            faults.add(
                *path,
                index + 1,
                "from",
                sentence=f"overlaps: the band before ends at {band.to}, and this one starts at {following.from_}",
            )
    for index, band in enumerate(bands):
        if band.to is not None and band.to <= band.from_:
            faults.add(*path, index, "to", sentence=f"must be more than {band.from_}, where the band starts")
    if bands[-1].to is not None:
        faults.add(*path, len(bands) - 1, "to", sentence="must be left out: the last band has no end")


def codes(items: Sequence[object]) -> list[str]:
    return [str(item.code) for item in items]  # type: ignore[attr-defined]  # coded parts of the document
