"""Logs for a machine that collects them: one JSON object a line, without personal data.

Events are named in snake_case and carry ids, never names, references, addresses or values. What is raised may quote
what people typed or what stands in a row, so a logged exception keeps its type and its place and loses its text.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

# fields of an event that libraries add and that tell who somebody is
PERSONAL = frozenset({"ip", "user_agent", "email", "username", "name"})


def without_personal_fields(logger: Any, method: str, event: Event) -> Event:
    for key in PERSONAL & event.keys():
        del event[key]
    return event


def place_of_exceptions(logger: Any, method: str, event: Event) -> Event:
    """Replace `exc_info` by the chain of exceptions: type, and for the database its code and constraint; then where."""
    raised = event.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = _chain(error)
    return event


def _chain(error: BaseException) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        described: dict[str, Any] = {
            "type": f"{type(cause).__module__}.{type(cause).__qualname__}",
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        diagnosis = getattr(cause, "diag", None)  # of a database error
        if diagnosis is not None:
            described |= {"sqlstate": diagnosis.sqlstate, "constraint": diagnosis.constraint_name}
        chain.append(described)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_personal_fields,
]


def configuration(*, level: str, for_people: bool) -> dict[str, Any]:
    """Django's LOGGING: JSON on stderr, or (`for_people`, in development) lines with whole tracebacks."""
    renderers: list[Any]
    if for_people:
        renderers = [
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    else:
        renderers = [place_of_exceptions, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # these would log every request or task a second time, with its address or arguments
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # these name the person who signs in
            "axes": {"level": "CRITICAL"},
        },
    }
