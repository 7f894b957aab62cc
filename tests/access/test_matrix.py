"""Every route and method is decided: who may, who is refused, who is not told, and nothing changes on a refusal."""

from collections import Counter

import pytest

from tests.access.engine import ALLOWED, NOTHING, REFUSED, routes, trespass, unlogged, wrong
from tests.access.routes import PACKAGE_ROUTES, ROWS
from tests.access.rows import PUBLIC
from tests.access.world import World

pytestmark = pytest.mark.django_db


def test_every_route_stands_in_the_table_with_the_action_it_declares() -> None:
    declared = dict(routes())
    rows = ROWS
    listed = {row.route for row in rows}

    assert set(declared) - listed - PACKAGE_ROUTES == set(), "add the route to tests/access/routes.py"
    assert (listed | PACKAGE_ROUTES) - set(declared) == set(), "the route is gone: take its row out"
    assert max(Counter((row.route, row.method) for row in rows).values()) == 1
    wrongly = {
        row.route: declared[row.route].action
        for row in rows
        if (declared[row.route].action or PUBLIC) not in {row.action, *_other_actions(row.route)}
    }
    assert wrongly == {}


def _other_actions(route: str) -> set[str]:
    """Where posting to an address is another action than reading it (endpoints), the view says the one of reading."""
    return {row.action for row in ROWS if row.route == route}


def test_the_matrix_of_routes_people_and_organisations(world: World) -> None:
    visits, changed = trespass(world)

    assert wrong(visits) == []
    assert changed == []
    assert unlogged(visit for visit in visits if visit.expected == REFUSED) == []
    assert unlogged(visit for visit in visits if visit.expected == NOTHING and visit.place == "theirs") == []
    reached = {(visit.row.route, visit.row.method) for visit in visits if visit.expected == ALLOWED}
    assert {(row.route, row.method) for row in ROWS if row.method == "POST" and row.at != "nobody"} <= reached
