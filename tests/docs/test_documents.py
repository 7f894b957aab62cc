"""What the documents say is there: links resolve, commands and targets exist, every table's word is in the glossary."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
OWN_APPS = {
    "accounts",
    "contracts",
    "eligibility",
    "baseline",
    "authorizations",
    "outcomes",
    "variance",
    "jobs",
}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"(?:^|`|\$ )make ([a-z][a-z-]*)", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ENTRY = re.compile(r"^\| ([^|]+?) \| (.+) \|$", re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(document: Path) -> set[str]:
    headings = HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _entries() -> list[tuple[str, str]]:
    found = ENTRY.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    return [(word, sentence) for word, sentence in found if word != "word"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} leads nowhere"
        if anchor and target.suffix == ".md":
            assert anchor in _anchors(target), f"{link} names no heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    named = set(COMMAND.findall(document.read_text(encoding="utf-8")))
    assert named <= set(get_commands())


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(TARGET.findall(document.read_text(encoding="utf-8"))) <= targets


def test_every_variable_that_settings_read_is_explained() -> None:
    settings = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "blended_pilot" / "settings").glob("*.py"))
    read = set(re.findall(r"""\benv(?:\.[a-z_]+)?\(\s*"([A-Z_]+)\"""", settings))
    explained = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE))
    assert "DATABASE_URL" in read
    assert read - explained == set()


def test_the_glossary_is_in_order_and_says_one_sentence_a_word() -> None:
    entries = _entries()
    assert len(entries) > 50
    assert [(before, after) for (before, _), (after, _) in pairwise(entries) if before >= after] == []
    for word, sentence in entries:
        assert re.fullmatch(r"[A-Z][^.]*\.", sentence), f"{word}: one sentence, ended by its only full stop"


def test_every_table_has_its_word_in_the_glossary() -> None:
    words = {word for word, _ in _entries()}
    tables = {
        str(model._meta.verbose_name)
        for model in apps.get_models()
        if model._meta.app_label in OWN_APPS and not model.__name__.startswith("Historical")
    }
    assert tables - words == set()
