"""All terms of a version for a reader who has never seen the file.

Every key path of the document is an anchor on the page (`#baseline.rates[3]`), so that a clause can be linked to: lines
that show a value carry its path, and what is told in passing is carried by the line that tells it.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from contracts.queries.readable import care, money, risk
from contracts.queries.readable.base import Line, Section, Words, day, facts, listed, table
from contracts.rules.canonical import content
from contracts.rules.document import ContractDocument
from contracts.rules.faults import Place, key_path

PARTS = (
    care.eligibility,
    care.authorization,
    money.services,
    money.baseline,
    risk.thresholds,
    risk.stop_loss,
    risk.corridor,
    risk.early_warnings,
    risk.outcomes,
    money.settlement,
    risk.gates,
    risk.monitoring,
)


def readable(document: ContractDocument) -> list[Section]:
    """Sections in the order of the document; a part that is left out has none."""
    words = Words(document)
    sections = [_agreement(document), _vocabulary(document)]
    sections += [section for part in PARTS if (section := part(document, words)) is not None]
    _anchor_the_rest(document, sections)
    return sections


def _agreement(document: ContractDocument) -> Section:
    term = document.term
    calendar = document.calendar
    where = [calendar.country, calendar.subdivision] if calendar else []
    extra = [day(one) for one in calendar.extra_holidays] if calendar else []
    blocks: list[Any] = [
        facts(
            (),
            ("code", _("Contract"), document.code),
            ("title", _("Title"), document.title),
            ("version", _("Version"), document.version),
            ("pilot", _("Pilot"), document.pilot.name if document.pilot else document.title),
            ("commissioner", _("Commissioner"), document.commissioner.name),
            ("provider", _("Provider"), document.provider.name),
            ("term", _("Term"), f"{day(term.from_)} – {day(term.to)}"),
            ("in_force_from", _("This version is in force from"), day(document.in_force_from)),
            ("currency", _("Currency"), document.currency),
            ("timezone", _("Timezone"), document.timezone),
            (
                "calendar",
                _("Public holidays"),
                listed([*filter(None, where), *extra]) if calendar else _("none: every weekday is a business day"),
            ),
        )
    ]
    if document.attachments:
        blocks.append(
            table(
                ("attachments",),
                _("Agreed documents"),
                [_("Title"), _("File")],
                [[item.title, item.file] for item in document.attachments],
            )
        )
    return Section("agreement", title=_("Who agrees, and for how long"), blocks=blocks)


def _vocabulary(document: ContractDocument) -> Section:
    return Section(
        "vocabulary",
        title=_("Levels, cohorts and places"),
        lead=_("The words that everything else is told in. A higher rank is a more intensive level."),
        blocks=[
            table(
                ("levels",),
                _("Levels"),
                [_("Level"), _("Rank"), _("Name"), _("Description")],
                [[level.code, level.rank, level.name, level.description or "–"] for level in document.levels],
                numeric=[1],
            ),
            table(("cohorts",), _("Cohorts"), [_("Code"), _("Name")], [[c.code, c.name] for c in document.cohorts]),
            table(
                ("geographies",),
                _("Geographies"),
                [_("Code"), _("Name")],
                [[g.code, g.name] for g in document.geographies],
            ),
        ],
    )


def key_paths(values: Any, path: tuple[Place, ...] = ()) -> Iterator[tuple[Place, ...]]:
    """Every key path of a document, from the outside in."""
    if path:
        yield path
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        yield from key_paths(value, (*path, key))


def _anchor_the_rest(document: ContractDocument, sections: list[Section]) -> None:
    lines: dict[str, Line] = {}
    for section in sections:
        lines.setdefault(section.anchor, section)
        for block in section.blocks:
            for line in block.lines:
                if line.anchor not in lines:
                    lines[line.anchor] = line
                elif lines[line.anchor] is not line:
                    line.anchor = ""  # a second line on the same value: the first one is the anchor
    first = sections[0]
    vocabulary = {"levels", "cohorts", "geographies"}
    for path in key_paths(content(document)):
        anchor = key_path(path)
        if anchor in lines:
            continue
        parents = (key_path(path[:length]) for length in range(len(path) - 1, 0, -1))
        top = sections[1] if path[0] in vocabulary else first
        holder = next((lines[parent] for parent in parents if parent in lines), top)
        holder.more.append(anchor)
        lines[anchor] = holder
