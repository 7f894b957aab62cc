"""The corpus of hostile files, for every door."""

from tests.contracts.hostile import first, more_sheets, more_text
from tests.contracts.hostile.base import HEADER, Hostile

CORPUS: list[Hostile] = [*first.files(), *more_text.files(), *more_sheets.files()]

__all__ = ["CORPUS", "HEADER", "Hostile"]
