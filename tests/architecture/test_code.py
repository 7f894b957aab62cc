"""Habits that no linter of the shelf checks. Each check is also shown a line that it must find."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blended_pilot.kernel.errors import Refused, Unusable
from tests.architecture.source import APPS, CODE_LIMIT, ROOT, layer, modules, named, parsed

# Longer than the limit, and why that is better than splitting them.
LONG_FOR_A_REASON: dict[str, str] = {}

CLOCKS = {("timezone", "now"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def test_no_file_is_longer_than_a_reader_holds_in_mind():
    long = {named(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name for name, lines in long.items() if lines > CODE_LIMIT} == set(LONG_FOR_A_REASON)


def test_nothing_is_left_undone():
    assert [named(path) for path in modules() if UNDONE.search(path.read_text())] == []
    assert UNDONE.search("# TODO: later")


# --- What a module must not say ----------------------------------------------------------------------------------


def swallowed(tree: ast.AST) -> Iterator[int]:
    """`except Exception: pass`, bare or not: a fault that nobody hears of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id.endswith("Exception"))
            if broad and all(isinstance(line, ast.Pass | ast.Continue) for line in node.body):
                yield node.lineno


def clocks(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if (name, node.func.attr) in CLOCKS:
                yield node.lineno


def floats(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if made or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
            yield node.lineno


def enqueued_in_the_middle(tree: ast.AST) -> Iterator[int]:
    """`task.delay()` and the like: work that would exist only in the broker."""
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if called and node.func.attr in {"delay", "apply_async"}:  # type: ignore[attr-defined]
            yield node.lineno


def refusals() -> set[type[Exception]]:
    found, ahead = set(), [Refused, Unusable]
    while ahead:
        kind = ahead.pop()
        found.add(kind)
        ahead += kind.__subclasses__()
    return found


def untranslated(tree: ast.AST) -> Iterator[int]:
    """`raise SomeRefusal("A sentence")`: what a person reads goes through gettext."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            ours = node.exc.func.id in {kind.__name__ for kind in refusals()}
            for argument in [*node.exc.args, *(word.value for word in node.exc.keywords)]:
                plain = isinstance(argument, ast.Constant) and isinstance(argument.value, str) and " " in argument.value
                if ours and (plain or isinstance(argument, ast.JoinedStr)):
                    yield argument.lineno


# Files that a check passes over, and why.
EXEMPT: dict[Callable[..., Iterator[int]], dict[Path, str]] = {
    floats: {
        ROOT / "eligibility/queries/duplicates.py": "how alike two people are written, as the database measures it",
        ROOT / "contracts/queries/readable/drawings.py": "points of a drawing; no money is worked out from them",
        ROOT / "authorizations/queries/standing.py": "hours and days that decisions took",
        ROOT / "authorizations/rules/standing.py": "what chance would give",
    },
}


def of_layers(*layers: str) -> Callable[[], list[Path]]:
    return lambda: [path for path in modules(*APPS) if layer(path) in layers]


@pytest.mark.parametrize(
    ("find", "files", "planted"),
    [
        (swallowed, lambda: list(modules()), "try:\n    work()\nexcept Exception:\n    pass"),
        (swallowed, lambda: list(modules()), "for x in y:\n    try:\n        work()\n    except:\n        continue"),
        (clocks, of_layers("operations", "queries", "rules", "lifecycle", "models"), "now = timezone.now()"),
        (clocks, of_layers("operations", "queries", "rules", "lifecycle", "models"), "day = datetime.date.today()"),
        (floats, of_layers("operations", "queries", "rules", "lifecycle", "models"), "share = 0.8"),
        (floats, of_layers("operations", "queries", "rules", "lifecycle", "models"), "share = float(text)"),
        (enqueued_in_the_middle, lambda: list(modules()), "close.delay(cycle.pk)"),
        (untranslated, of_layers("operations", "queries", "views"), 'raise Refused("The month is closed.")'),
        (untranslated, of_layers("operations", "queries", "views"), 'raise Refused(f"{month} is closed.")'),
    ],
)
def test_no_module_says_it_and_the_check_would_find_it(find, files, planted):
    assert list(find(ast.parse(planted)))

    found = [
        f"{named(path)}:{line}" for path in files() if path not in EXEMPT.get(find, {}) for line in find(parsed(path))
    ]
    assert found == []


# --- Operations --------------------------------------------------------------------------------------------------


def positional(tree: ast.Module) -> Iterator[str]:
    """Public functions that write on behalf of somebody (they take `actor`) and can be called without saying what."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            named_only = {argument.arg for argument in node.args.kwonlyargs}
            every = {argument.arg for argument in [*node.args.posonlyargs, *node.args.args]} | named_only
            if "actor" in every and every - named_only:
                yield node.name


def test_an_operation_is_called_by_name():
    assert list(positional(ast.parse("def close(cycle_id, *, actor, now): ...")))
    found = [f"{named(path)}: {name}" for path in of_layers("operations")() for name in positional(parsed(path))]
    assert found == []


# --- SQL ---------------------------------------------------------------------------------------------------------


def test_only_the_posting_operation_writes_to_the_ledger():
    """The import contract holds the operation; this holds the statements that it runs."""
    writes = re.compile(r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY)\s+\"?variance_ledgerentry", re.IGNORECASE)
    texts = [*modules(), *sorted((ROOT / "variance" / "sql").rglob("*.sql"))]
    assert [named(path) for path in texts if writes.search(path.read_text())] == ["variance/sql/post/entries.sql"]

    posting = [named(path) for path in modules("variance") if "post/entries" in path.read_text()]
    assert posting == ["variance/operations/ledger.py"]


def test_every_query_file_says_what_a_row_means():
    silent = [
        named(path)
        for app in APPS
        for path in sorted((ROOT / app).rglob("sql/**/*.sql"))
        if not path.read_text().lstrip().startswith("--")
    ]
    assert silent == []
