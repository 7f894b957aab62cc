"""The description is complete and valid, and its page lives under the strict policy."""

import re

import pytest
from drf_spectacular.validation import validate_schema

from tests.api.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(world: World) -> dict:
    return world.outsider.get("schema/").json()


def test_the_description_is_valid_openapi(described):
    assert described["openapi"] == "3.1.0"
    validate_schema(described)


def test_every_operation_has_its_own_name_a_sentence_and_its_refusals(described):
    operations = [
        (path, method, operation) for path, one in described["paths"].items() for method, operation in one.items()
    ]
    names = [operation["operationId"] for _path, _method, operation in operations]
    assert len(set(names)) == len(names) > 50
    for path, method, operation in operations:
        assert operation["description"], path
        wanted = {"400", "401", "403", "404"} | ({"409", "422"} if method == "post" else set())
        assert wanted < set(operation["responses"]), path
        assert {"token": []} in operation["security"], path


def test_every_parameter_that_a_list_takes_is_described(world, described):
    for path, operations in described["paths"].items():
        if "{" in path or "get" not in operations:
            continue
        named = {one["name"] for one in operations["get"].get("parameters", [])}
        # money is finance's to read, clinical lists are the care team's
        asked = (world.provider[role].client.get(path, {"no_such": "1"}).json() for role in ("finance", "supervisor"))
        known = next(answer["known"] for answer in asked if "known" in answer)
        assert set(known) == named, path


def test_the_page_has_nothing_inline_and_keeps_the_policy(world):
    page = world.outsider.get("docs/")
    script = world.outsider.get("docs/", script="")

    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"<style|style=|<script(?![^>]*src=)| on[a-z]+=", text)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert (script.status_code, script.headers["Content-Type"]) == (200, "application/javascript")
    assert "/api/v1/schema/" in script.content.decode()
