"""The program's own files, for tests that read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "contracts", "eligibility", "baseline", "authorizations", "outcomes", "variance")
PACKAGES = ("blended_pilot", *APPS)
CODE_LIMIT = 400


def modules(*packages: str) -> Iterator[Path]:
    """Python files of the packages (default: all), without migrations."""
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def layer(path: Path) -> str:
    """The file name that DESIGN gives meaning to: `contracts/operations/facts.py` is of `operations`."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")
