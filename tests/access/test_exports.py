"""Every file that can be downloaded, while what people typed begins like a formula: no cell runs when opened."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast, Concat, Substr

from accounts.models import AccessEntry, Deputy, Organisation, User
from authorizations.models import Episode
from baseline.models import Activity, Event, ReviewAction
from blended_pilot.jobs.models import Job
from blended_pilot.kernel import exports
from contracts.models import Contract, Escalation, FeedReject
from eligibility.models import Member, Practitioner, Referral, Team
from tests.access.engine import ALLOWED, address, expected, unpainted
from tests.access.routes import ROWS
from tests.access.rows import Row
from tests.access.world import Persona, World
from tests.architecture.source import modules, named

pytestmark = pytest.mark.django_db
MARK = "F"  # the shortest columns take a dozen characters, and the key of the row comes behind it
TYPED: dict[Any, tuple[str, ...]] = {
    Member: ("given_name", "family_name", "reference", "pseudonym", "language"),
    Team: ("name",),
    Practitioner: ("name", "reference"),
    Referral: ("referral_ref", "referred_by", "note", "given_name"),
    Activity: ("activity_ref", "place", "practitioner", "outcome"),
    Event: ("event_ref", "category", "description"),
    ReviewAction: ("text",),
    Episode: ("episode_ref", "decided_by"),
    Escalation: ("subject", "limit_text", "figure_text"),
    FeedReject: ("value", "sentence", "row"),
    Contract: ("title",),
    Organisation: ("name",),
    User: ("name",),
    Deputy: ("reason",),
    Job: ("error",),
    AccessEntry: ("what", "reason"),
}
READERS = ("provider supervisor", "provider finance", "provider administrator")
NUMBER = re.compile(r"[-+]?[0-9.]+")
Found = dict[tuple[str, str], bytes]


def _type_formulas() -> None:
    """The text of every row that people or feeds fill begins with one of what a spreadsheet runs, in turn."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")  # what only grows, too
        for model, names in TYPED.items():
            which = Cast(models.F("pk") % len(exports.LIVE) + 1, models.IntegerField())
            text = Concat(
                Substr(Value("".join(exports.LIVE), TextField()), which, 1),
                Value(f"{MARK} ", TextField()),
                Cast("pk", TextField()),
            )
            for name in names:
                listed = isinstance(model._meta.get_field(name), models.JSONField)
                model._base_manager.update(**{name: Func(text, text, function="jsonb_build_array") if listed else text})
        cursor.execute("SET LOCAL session_replication_role = origin")


def _content(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    is_file = content.startswith(b"PK") or "text/csv" in answer.headers.get("Content-Type", "")
    return content if is_file else b""


def _readers(world: World, row: Row) -> Iterator[Persona]:
    people = (world.persona(name) for name in READERS)
    return (persona for persona in people if expected(row, persona, own=True) == ALLOWED)


def _files(world: World) -> Found:
    """(reader, address) -> content of every answer that is a CSV file or a spreadsheet, as the first who gets one."""
    found: Found = {}
    for row in ROWS:
        if row.method != "GET" or row.route.partition(":")[0].endswith("_api"):
            continue  # programs are answered in JSON
        for persona in _readers(world, row):
            path = f"{address(row, persona, world.ours, world)}?export=csv"
            if content := _content(persona.client.get(path)):
                found[persona.name, path] = content
                break
    for name, path in list(found):
        sheet = path.replace("export=csv", "export=xlsx").replace("/csv/", "/xlsx/")
        found[name, sheet] = _content(world.persona(name).client.get(sheet))
    return found


def _live(content: bytes) -> list[str]:
    """Cells that a spreadsheet would run."""
    if not content.startswith(b"PK"):
        cells = [cell for row in csv.reader(io.StringIO(content.decode(), newline="")) for cell in row]
        return [cell for cell in cells if cell.startswith(exports.LIVE) and not NUMBER.fullmatch(cell)]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    return [found for sheet in sheets for found in re.findall(r"<f[ >].{0,40}|<hyperlink .{0,40}", sheet)]


def _as_formula(sheet: Any, line: int, column: int, value: Any, formats: Any) -> None:
    sheet.write_formula(line, column, f"={value}")


def test_no_cell_of_any_file_is_live_and_without_the_apostrophe_they_would_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type_formulas()
    with unpainted():
        found = _files(world)
        monkeypatch.setattr(exports, "inert", lambda value: value)
        monkeypatch.setattr(exports, "_write", _as_formula)
        bare = [path for name, path in found if _live(_content(world.persona(name).client.get(path)))]

    assert {where: cells for where, content in found.items() if (cells := _live(content))} == {}
    assert sum(path.endswith("=csv") for _name, path in found) > 35
    assert sum(path.endswith("=csv") for path in bare) > 25  # the others hold figures alone
    assert sum(path.endswith("=xlsx") for path in bare) > 25


def test_one_module_alone_writes_cells() -> None:
    writers = {named(path) for path in modules() if re.search(r"csv\.(w|DictW)riter|xlsxwriter", path.read_text())}

    assert writers == {"blended_pilot/kernel/exports.py", "blended_pilot/demo/feeds.py"}  # the demo's go in, not out
