import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from blended_pilot.devstack import servers
from blended_pilot.devstack.place import Account, place_for
from blended_pilot.environment import ROOT
from tests.devstack.conftest import family, gone_within, own_environment

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")


def kinds(commands: dict[int, str]) -> list[str]:
    """Which programs of the two servers run, the server's own workers left out."""
    found = (re.search(r"(devstack\.keeper|bin/postgres|valkey-server)", command) for command in commands.values())
    return sorted(match[1] for match in found if match)


BOTH = ["bin/postgres", "devstack.keeper", "devstack.keeper", "valkey-server"]


def test_the_first_one_in_starts_them_and_the_last_one_out_stops_them(home, come):
    first, second = come(), come()
    assert first.database_url == second.database_url
    assert first.redis_url == second.redis_url
    assert kinds(family(home)) == BOTH

    first.leave()
    assert second.execute("SELECT 1") == [(1,)]

    second.leave()
    assert family(home) == {}


def test_many_at_once_share_one_pair_of_servers(home, come):
    crowd = [come(arrived=False) for _ in range(8)]
    assert len({(visitor.arrive().database_url, visitor.redis_url) for visitor in crowd}) == 1
    assert kinds(family(home)) == BOTH

    for visitor in crowd:
        visitor.turn_to_go()
    assert [visitor.process.wait(60) for visitor in crowd] == [0] * 8
    assert family(home) == {}


def test_coming_while_the_last_one_leaves_finds_servers_that_answer(come):
    visitor = come()
    for _ in range(5):
        visitor.turn_to_go()
        newcomer = come()
        assert newcomer.execute("SELECT 1") == [(1,)]
        visitor = newcomer


def test_a_second_start_keeps_what_was_done(come):
    visitor = come()
    visitor.execute("CREATE TABLE done AS SELECT 42 AS answer")
    visitor.leave()

    assert come().execute("SELECT answer FROM done") == [(42,)]


def test_no_server_outlives_its_keeper(home, come):
    """Fails with `die_with_parent` returning None: the servers then run on for ever."""
    visitor = come()
    visitor.execute("CREATE TABLE done AS SELECT 42 AS answer")
    before = family(home)

    for pid, command in before.items():
        if "devstack.keeper" in command:
            os.kill(pid, signal.SIGKILL)

    assert gone_within(20, set(before))
    assert come().execute("SELECT answer FROM done") == [(42,)]


def test_no_server_outlives_a_visitor_that_was_killed(home, come):
    visitor = come()
    before = family(home)

    visitor.process.kill()

    assert gone_within(20, set(before))


def test_a_visitor_killed_while_the_servers_start_leaves_nothing(home, come):
    for _ in range(5):
        visitor = come(arrived=False)
        gone_within(0.15, {visitor.process.pid})
        visitor.process.kill()
        assert gone_within(20, set(family(home)))

    assert come().execute("SELECT 1") == [(1,)]


@pytest.fixture
def bystander():
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("whose", ["nobody's", "a bystander's"])
def test_a_stale_pid_file_neither_keeps_the_database_down_nor_harms_anyone(home, come, bystander, whose):
    """Fails with `runs` believing the bare number: the bystander is asked to stop."""
    come().leave()
    file = home / "servers" / "postgresql" / "data" / "postmaster.pid"
    pid = {"nobody's": 2**22 - 1, "a bystander's": bystander.pid}[whose]
    file.write_text(f"{pid}\n{file.parent}\n")
    file.chmod(0o600)
    os.chown(file, file.parent.stat().st_uid, file.parent.stat().st_gid)

    assert come().execute("SELECT 1") == [(1,)]
    assert bystander.poll() is None


def test_a_first_start_that_was_cut_off_is_begun_again(home, come):
    """A half-made data folder is never taken for a whole one."""
    come().leave()
    data = home / "servers" / "postgresql" / "data"
    data.rename(data.with_name("data.unfinished"))
    (data.with_name("data.unfinished") / "global" / "pg_control").unlink()

    assert come().execute("SELECT 1") == [(1,)]


def test_a_server_that_cannot_start_says_why_and_leaves_nothing_running(home, come):
    come().leave()
    control = home / "servers" / "postgresql" / "data" / "global" / "pg_control"
    control.unlink()

    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", "1"],
        cwd=ROOT,
        env=own_environment(BLENDED_PILOT_HOME=str(home)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "postgresql did not start" in done.stderr
    assert "pg_control" in done.stderr
    assert "Traceback" not in done.stderr
    assert family(home) == {}


def test_both_servers_want_their_password(come):
    visitor = come()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(re.sub(r":[^:@]+@", ":guess@", visitor.database_url))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(re.sub(r":[^:@]+@", ":guess@", visitor.redis_url)).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(re.sub(r":[^:@]+@", "", visitor.redis_url)).ping()


def test_no_password_stands_on_a_command_line(home, come):
    visitor = come()
    secrets = re.findall(r":([^:@/]+)@", f"{visitor.database_url} {visitor.redis_url}")

    assert len(secrets) == 2
    assert not [command for command in family(home).values() if any(secret in command for secret in secrets)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.glob("servers/*/password")} == {0o600}


def test_urls_that_are_given_are_used_and_nothing_is_started(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine")
    monkeypatch.setenv("REDIS_URL", "redis://mine")

    with servers(home) as embedded:
        assert embedded == frozenset()
        assert os.environ["DATABASE_URL"] == "postgresql://mine"

    assert list(home.iterdir()) == []


def test_only_what_is_not_given_is_started(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine")
    monkeypatch.delenv("REDIS_URL", raising=False)

    with servers(home) as embedded:
        assert embedded == {"REDIS_URL"}
        assert kinds(family(home)) == ["devstack.keeper", "valkey-server"]

    assert "REDIS_URL" not in os.environ


@ROOT_ONLY
def test_a_home_that_the_servers_account_cannot_enter_works_and_is_left_as_it_is(home, come):
    """As root, below a private folder: common in CI."""
    private = home / "private"
    private.mkdir(mode=0o700)
    below = private / "var"
    visitor = come(at=below)
    visitor.execute("CREATE TABLE done AS SELECT 42 AS answer")
    elsewhere = Path((below / "servers" / "postgresql" / "elsewhere").read_text())
    assert (elsewhere / "data" / "PG_VERSION").exists()
    visitor.leave()

    assert come(at=below).execute("SELECT answer FROM done") == [(42,)]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@ROOT_ONLY
def test_a_link_planted_in_the_temporary_folder_is_not_followed(home, tmp_path):
    private = home / "private"
    private.mkdir(mode=0o700)
    planted = tmp_path / "planted"
    planted.symlink_to(tmp_path)
    (private / "elsewhere").write_text(str(planted))

    place = place_for(private, Account.for_servers())

    assert place not in (planted, tmp_path)


@ROOT_ONLY
def test_a_temporary_folder_goes_when_its_home_is_gone_and_not_before(home):
    def place_of(name: str) -> Path:
        private = home / name
        private.mkdir(mode=0o700)
        return place_for(private, Account.for_servers())

    gone, kept = place_of("gone"), place_of("kept")
    shutil.rmtree(home / "gone")

    place_of("another")

    assert not gone.exists()
    assert kept.exists()
    assert place_for(home / "kept", Account.for_servers()) == kept
