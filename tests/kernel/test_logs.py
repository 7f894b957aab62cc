"""The log is JSON, one event a line, and says nothing about people."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Organisation
from blended_pilot.settings.logs import configuration

CANARY = "Wilhelmina-Canary"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the root handler of the production settings writes."""
    told = io.StringIO()
    arranged = configuration(level="DEBUG", for_people=False)
    logging.config.dictConfig({**arranged, "handlers": {"stderr": {**arranged["handlers"]["stderr"], "stream": told}}})
    yield told
    logging.config.dictConfig(settings.LOGGING)
    configuration(level="INFO", for_people=False)


def events(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_context(log):
    with structlog.contextvars.bound_contextvars(request_id="7d0c"):
        structlog.get_logger("pilot").info("month_closed", cycle_id=7)

    [event] = events(log)
    assert {key: event[key] for key in ("event", "level", "logger", "cycle_id", "request_id")} == {
        "event": "month_closed",
        "level": "info",
        "logger": "pilot",
        "cycle_id": 7,
        "request_id": "7d0c",
    }


def test_loggers_of_libraries_speak_the_same_way(log):
    logging.getLogger("some.library").warning("It happened %d times", 3)

    [event] = events(log)
    assert (event["event"], event["logger"], event["level"]) == ("It happened 3 times", "some.library", "warning")


@pytest.mark.parametrize("logger", [structlog.get_logger("pilot"), logging.getLogger("some.library")])
def test_an_exception_keeps_its_type_and_place_and_loses_its_text(log, logger):
    """Negative control: with `structlog.processors.format_exc_info` in its place the canary is in the log."""
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ValueError(f"{CANARY} is not a number") from error
    except ValueError:
        logger.exception("row_not_read")

    [event] = events(log)
    assert CANARY not in log.getvalue()
    assert [each["type"] for each in event["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "test_logs.py" in event["exception"][0]["at"][-1]


@pytest.mark.django_db
def test_a_database_error_names_its_constraint_and_not_the_values(log):
    Organisation.objects.create(code=CANARY, name="Alder")
    try:
        with transaction.atomic():
            Organisation.objects.create(code=CANARY, name="Birch")
    except IntegrityError:
        structlog.get_logger("pilot").exception("not_written")

    [event] = events(log)
    assert CANARY not in log.getvalue()
    assert any(
        each.get("sqlstate") == "23505" and "accounts_organisation" in each["constraint"] for each in event["exception"]
    )


@pytest.mark.django_db
def test_requests_leave_no_address_query_or_account_in_the_log(log):
    client = Client(headers={"user-agent": CANARY})
    client.get(f"/{CANARY}/?q={CANARY}")
    client.get(f"/search/?q={CANARY}")
    client.post("/sign-in/login/", {"login": f"{CANARY}@example.org", "password": CANARY})

    told = events(log)
    assert CANARY.lower() not in log.getvalue().lower()
    assert [event["request"] for event in told if event["event"] == "request_finished"] == [
        "GET (no such page)",
        "GET search/",
        "POST sign-in/login/",
    ]
