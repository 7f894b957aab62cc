"""What has to work before this process may be sent work, each tried for real and timed."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor

ECHO_TASK = "health.echo"
ECHO_KEPT = 30  # seconds that an echo waits to be heard
ECHO_WITHIN = 2.0  # seconds that a worker has to answer
ECHO_ASKED_EVERY = 15  # seconds: any number of probes send no more echoes than this
LISTEN_EVERY = 0.02

logger = structlog.get_logger(__name__)


class Unhealthy(Exception):
    """One sentence for the operator, without addresses or secrets."""


@dataclass(frozen=True)
class Finding:
    """How one check went. `milliseconds` it took; `sentence` says what is wrong, empty when nothing is."""

    ok: bool
    milliseconds: int
    sentence: str = ""


def ready() -> dict[str, Finding]:
    """Try everything that a request or a job depends on, in an order where each needs the ones before it."""
    return {
        "database": _tried(_database),
        "migrations": _tried(_migrations),
        "queue": _tried(_queue),
        "worker": _tried(_worker),
    }


def _tried(check: Callable[[], None]) -> Finding:
    began = time.monotonic()
    sentence = ""
    try:
        check()
    except Unhealthy as error:
        sentence = str(error)
    except Exception:
        logger.exception("health_check_failed", check=check.__name__)
        sentence = "It does not answer."
    return Finding(not sentence, round((time.monotonic() - began) * 1000), sentence)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise Unhealthy(f"{len(waiting)} migrations of {DEFAULT_DB_ALIAS} are not applied.")


def _queue() -> None:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=ECHO_WITHIN)


def _worker() -> None:
    """A task goes through the queue to a worker and comes back by the cache."""
    heard = cache.get("health:worker")
    if heard is None:
        heard = _round_trip()
        cache.set("health:worker", heard, ECHO_ASKED_EVERY)
    if not heard:
        raise Unhealthy(f"No worker answered within {ECHO_WITHIN:.0f} seconds.")


def _round_trip() -> bool:
    nonce = secrets.token_hex(8)
    current_app.send_task(ECHO_TASK, args=[nonce], retry=False, expires=ECHO_KEPT)
    until = time.monotonic() + ECHO_WITHIN
    while time.monotonic() < until:
        if cache.get(echo_key(nonce)):
            return True
        time.sleep(LISTEN_EVERY)
    return False


def echo_key(nonce: str) -> str:
    return f"health:echo:{nonce}"
