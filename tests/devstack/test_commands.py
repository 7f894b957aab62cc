"""Commands find servers, or bring them, and a database that fits the code."""

import subprocess
import sys

import pytest

from blended_pilot.environment import ROOT
from tests.devstack.conftest import family, own_environment

COUNT_PEOPLE = ("shell", "-v0", "-c", "from accounts.models import User; print(User.objects.filter(name='x').count())")


def run(home, *arguments, **variables):
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=own_environment(BLENDED_PILOT_HOME=str(home), **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_commands_at_once_on_an_empty_machine_all_find_a_migrated_database(home):
    commands = [run(home, *COUNT_PEOPLE) for _ in range(4)]

    assert [command.communicate(timeout=120) for command in commands] == [("0\n", "")] * 4
    assert [command.returncode for command in commands] == [0] * 4
    assert family(home) == {}


@pytest.mark.parametrize("arguments", [("check",), ("help",), ("migrate", "--help")])
def test_a_command_that_needs_no_database_starts_none(home, arguments):
    command = run(home, *arguments)
    _, complaints = command.communicate(timeout=60)

    assert (command.returncode, complaints) == (0, "")
    assert not (home / "servers").exists()


def test_production_never_starts_servers_of_its_own(home):
    command = run(home, *COUNT_PEOPLE, BLENDED_PILOT_ENV="production")
    _, complaints = command.communicate(timeout=60)

    assert command.returncode == 1
    assert (
        "Production needs SECRET_KEY, MFA_ENCRYPTION_KEYS, REGISTER_KEYS, ALLOWED_HOSTS, DATABASE_URL, REDIS_URL"
        in complaints
    )
    assert list(home.iterdir()) == []
