import json

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client

from blended_pilot.health import checks
from tests.jobs.workers import forget_messages, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_heard_yet():
    cache.delete("health:worker")
    yield
    forget_messages()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the next round trips find (the last of them again and again), instead of a worker."""
    answers = [True]
    monkeypatch.setattr(checks, "_round_trip", lambda: answers.pop(0) if len(answers) > 1 else answers[0])
    return answers


def verdicts(client: Client) -> tuple[int, dict[str, bool]]:
    response = client.get("/health/ready")
    return response.status_code, {name: found["ok"] for name, found in response.json()["checks"].items()}


def test_a_live_process_says_so_without_asking_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_ready_when_database_migrations_queue_and_worker_answer(client, answered):
    assert verdicts(client) == (200, {"database": True, "migrations": True, "queue": True, "worker": True})


def test_not_ready_while_no_worker_answers(client, answered):
    answered[:] = [False]

    assert verdicts(client) == (503, {"database": True, "migrations": True, "queue": True, "worker": False})


def test_an_answer_is_kept_so_that_probes_do_not_flood_the_queue(client, answered):
    answered[:] = [True, False]

    assert verdicts(client)[0] == 200
    assert verdicts(client)[0] == 200, "the second probe asks nobody"


def test_not_ready_while_a_migration_waits(client, answered):
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'variance'")

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "not applied" in response.json()["checks"]["migrations"]["sentence"]


def test_a_check_that_breaks_tells_no_secret(client, answered, monkeypatch):
    def broken() -> None:
        raise ConnectionError("redis://:secret@10.0.0.7:6379")

    monkeypatch.setattr(checks, "_queue", broken)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["checks"]["queue"]["sentence"] == "It does not answer."
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_only_read(client, path):
    assert client.post(path).status_code == 405


def test_the_command_says_the_same_and_fails_when_one_does_not_answer(answered, capsys):
    call_command("health", "--json")
    assert set(json.loads(capsys.readouterr().out)) == {"database", "migrations", "queue", "worker"}

    cache.delete("health:worker")
    answered[:] = [False]
    with pytest.raises(SystemExit) as ended:
        call_command("health")
    assert ended.value.code == 1
    assert "worker: No worker answered within 2 seconds." in capsys.readouterr().out


def test_without_a_worker_nobody_answers(monkeypatch):
    monkeypatch.setattr(checks, "ECHO_WITHIN", 0.2)

    assert checks._round_trip() is False


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_answers_a_task():
    with worker():
        assert checks._round_trip() is True
