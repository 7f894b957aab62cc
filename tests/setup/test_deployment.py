"""What is shipped to run on servers: the image, the composition, the production settings, the locked requirements."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import yaml
from django.urls import resolve

from blended_pilot.environment import ROOT
from blended_pilot.probe import is_well

OURS = ("migrate", "web", "worker", "beat")
SECRETS = {
    "SECRET_KEY": "s" * 60,
    "MFA_ENCRYPTION_KEYS": "m" * 60,
    "REGISTER_KEYS": "r" * 60,
    "POSTGRES_PASSWORD": "pgpg",
    "APPLICATION_PASSWORD": "apap",
    "REDIS_PASSWORD": "rdrd",
    "ALLOWED_HOSTS": "a.example",
}


@cache
def composition() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def service(name: str) -> dict[str, Any]:
    return composition()["services"][name]


def test_the_composition_is_web_worker_beat_and_their_servers_after_the_migrations():
    assert set(composition()["services"]) == {*OURS, "postgres", "redis"}
    for name in ("web", "worker", "beat"):
        assert service(name)["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in OURS:
        assert service(name)["depends_on"]["postgres"] == {"condition": "service_healthy"}
        assert service(name)["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_only_the_migrations_know_the_owner_of_the_database():
    assert "blended_pilot_web:" in service("migrate")["environment"]["DATABASE_URL"]
    assert "blended_pilot:" in service("migrate")["environment"]["DATABASE_OWNER_URL"]
    for name in ("web", "worker", "beat"):
        assert "POSTGRES_PASSWORD" not in json.dumps(service(name))
        assert "blended_pilot_web:" in service(name)["environment"]["DATABASE_URL"]


def test_every_lasting_service_has_a_health_check():
    image_has_one = "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    for name in ("worker", "beat", "postgres", "redis"):
        assert service(name)["healthcheck"]["test"]
    assert "healthcheck" not in service("web")  # it keeps the image's own
    assert image_has_one


def test_what_must_last_is_in_named_volumes():
    named = set(composition()["volumes"])
    used = {mount.split(":")[0] for each in composition()["services"].values() for mount in each.get("volumes", [])}

    assert used == named == {"database", "queue", "files"}


def test_no_secret_is_written_down_and_none_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()

    for name in SECRETS:
        assert re.findall(rf"\$\{{{name}(.)", text), name
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}, name


def test_our_containers_can_write_nowhere_but_their_volume_and_gain_no_rights():
    for name in OURS:
        assert service(name)["read_only"] is True
        assert service(name)["cap_drop"] == ["ALL"]
        assert service(name)["security_opt"] == ["no-new-privileges:true"]


def test_only_web_is_reached_from_outside_and_only_from_this_host():
    assert {name for name, each in composition()["services"].items() if "ports" in each} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in service("web")["ports"])


def _compose_is_here() -> bool:
    docker = shutil.which("docker")
    asked = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    return bool(asked) and asked.returncode == 0


@pytest.mark.skipif(not _compose_is_here(), reason="there is no docker client with compose on this machine")
@pytest.mark.parametrize("missing", ["", *SECRETS])
def test_docker_reads_the_composition_and_insists_on_every_secret(missing):
    given = {name: value for name, value in SECRETS.items() if name != missing}
    done = subprocess.run(
        ["docker", "compose", "--file", "docker-compose.yml", "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode == 0) is (missing == ""), done.stderr
    if not missing:
        assert set(json.loads(done.stdout)["services"]) == set(composition()["services"])


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line.strip() for line in joined.splitlines()]
    return [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]


def test_the_image_is_built_in_stages_and_runs_as_nobody_in_particular():
    said = instructions()
    last_stage = said[max(index for index, (word, _) in enumerate(said) if word == "FROM") :]

    assert [word for word, _ in said].count("FROM") == 2
    assert ("USER", "pilot") in last_stage
    after_user = last_stage[last_stage.index(("USER", "pilot")) :]
    assert {word for word, _ in after_user} <= {"USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


def test_the_image_installs_only_what_production_needs_by_hash():
    commands = " ".join(rest for word, rest in instructions() if word in {"RUN", "COPY"})

    assert "--require-hashes" in commands
    assert "requirements/base.txt" in commands
    assert "local" not in commands
    assert "dev.txt" not in commands


def test_the_address_that_the_image_probes_is_one_of_ours():
    probed = re.search(r"http://127\.0\.0\.1:8000(/[^\"]*)", (ROOT / "Dockerfile").read_text())

    assert probed is not None
    assert resolve(probed[1]).view_name == "health:live"


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (302, False)])
def test_the_probe_asks_under_an_allowed_name(status, well):
    hosts = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            hosts.append(self.headers["Host"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Keep the test's output quiet."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert is_well(f"http://127.0.0.1:{server.server_port}/", ".pilot.example,other") is well
        server.shutdown()
        thread.join()

    assert hosts == ["pilot.example"]


def test_the_probe_says_no_when_nobody_answers():
    assert not is_well("http://127.0.0.1:1/", "a")


NEEDED = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "MFA_ENCRYPTION_KEYS": secrets.token_urlsafe(50),
    "REGISTER_KEYS": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "pilot.example",
    "DATABASE_URL": "postgresql://a/b",
    "REDIS_URL": "redis://a",
}


def production(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "BLENDED_PILOT_ENV": "production", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_every_deployment_check():
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING", **NEEDED)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("missing", NEEDED)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_production_refuses_to_start_without_what_has_no_safe_default(missing, how):
    given = {**NEEDED, missing: ""} if how == "empty" else {n: v for n, v in NEEDED.items() if n != missing}
    done = production("-c", "import blended_pilot.wsgi", **given)

    assert done.returncode != 0
    assert f"Production needs {missing} in the environment" in done.stderr


def test_an_environment_that_does_not_exist_is_named():
    done = production("manage.py", "check", BLENDED_PILOT_ENV="prod")

    assert done.returncode != 0
    assert done.stderr == "BLENDED_PILOT_ENV is 'prod'; it must be one of development, test, production.\n"


LOCKS = ("base", "local", "dev")


@pytest.mark.parametrize("name", LOCKS)
def test_locked_requirements_are_pinned_with_hashes_and_name_no_registry(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert pins
    assert all(re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+", pin) for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_everything_that_is_asked_for_is_locked(name):
    asked = (ROOT / "requirements" / f"{name}.in").read_text().split("\n")
    names = {re.split(r"[\[<>=; ]", line.lower())[0] for line in asked if line and line[0] not in "-#"}
    locked = (ROOT / "requirements" / f"{name}.txt").read_text()

    assert not {each for each in names if not re.search(rf"^{re.escape(each)}(\[\S+\])?==", locked, re.MULTILINE)}


def test_every_variable_that_is_read_stands_in_the_table_for_operators():
    """Fails for a setting that nobody can find."""
    read = set()
    for file in [*(ROOT / "blended_pilot").rglob("*.py"), ROOT / "docker-compose.yml", ROOT / "Dockerfile"]:
        text = file.read_text()
        read |= set(re.findall(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"", text))
        read |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", text))
        read |= set(re.findall(r"\$\{([A-Z_]+)", text))
    described = set(re.findall(r"[A-Z][A-Z_]{3,}", (ROOT / "docs" / "operations.md").read_text()))
    not_for_operators = {"MAKELEVEL", "PYTEST_XDIST_WORKER", "BLENDED_PILOT_VERSION"}

    assert read - described - not_for_operators == set()
