"""The second wall takes nothing away: pages and files are the same with it and with `visible_to` alone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from accounts import middleware
from accounts.api import sign_in
from accounts.models import User
from accounts.permissions import scope_of, sides
from authorizations.queries import register
from blended_pilot.kernel import scope
from blended_pilot.kernel.row_security import guarded_actions
from tests.access.engine import ALLOWED, ask, expected
from tests.access.routes import ROWS
from tests.access.rows import PUBLIC, Row
from tests.access.world import Persona, World

pytestmark = pytest.mark.django_db
# what differs from one answer to the next: tokens of forms, times of the answer, and headers, which stand at the end
PASSING = re.compile(
    r'value="\w{64}"|"X-CSRFToken": "\w+"|nonce="[^"]+"|[0-9a-f]{8}-[0-9a-f-]{27}|\{\'Content-Type.*$', re.S
)
EACH_TIME_ANOTHER = {"accounts:access", "accounts_api:access"}  # the log of these very questions


def _lacking(user: User) -> frozenset[str]:
    return frozenset(action for action in guarded_actions() if not sides(user, action))


def _who(world: World, row: Row) -> Iterator[Persona]:
    """Enough of those who may open it that each table which one of them may not read is kept from somebody asked."""
    may = [one for one in world.personas if one.inside and one.user and expected(row, one, own=True) == ALLOWED]
    kept_from = {one.name: _lacking(one.user) for one in may if one.user}
    open_ones = frozenset().union(*kept_from.values())
    while open_ones:
        chosen = max(may, key=lambda one: len(kept_from[one.name] & open_ones))
        open_ones -= kept_from[chosen.name]
        yield chosen


def _answer(row: Row, persona: Persona, world: World, of_person: Any, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    with patch.context() as for_now:
        for module in (middleware, sign_in):
            for_now.setattr(module, "scope_of", of_person)
        visit = ask(row, persona, "ours", world)
    return visit.status, "" if visit.text.startswith("%PDF") else PASSING.sub("", visit.text)


def _no_wall(user: Any) -> scope.Scope:
    return scope.SYSTEM if getattr(user, "is_authenticated", False) else scope.NOBODY


def _taken(world: World, patch: pytest.MonkeyPatch, *routes: str) -> tuple[int, list[str]]:
    """How many answers were compared, and which of them the wall changes."""
    for persona in world.personas:
        persona.client.get("/")  # what another test left to be told would stand on the first of two answers alone
    asked, changed = 0, []
    for row in ROWS:
        if row.method != "GET" or row.action == PUBLIC or row.route in EACH_TIME_ANOTHER:
            continue
        if routes and row.route not in routes:
            continue
        for persona in _who(world, row):
            asked += 1
            if _answer(row, persona, world, scope_of, patch) != _answer(row, persona, world, _no_wall, patch):
                changed.append(f"{row.route} for {persona.name}")
    return asked, changed


def test_the_wall_changes_no_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, changed = _taken(world, monkeypatch)

    assert changed == []
    assert asked > 300


def test_a_page_that_it_empties_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "behind", lambda rows: rows)

    assert "authorizations:register for provider finance" in _taken(world, monkeypatch, "authorizations:register")[1]
