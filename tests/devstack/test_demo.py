"""`make demo` for real, with a small pilot: start, sign in, stop, start again, be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from blended_pilot.demo.people import DEMO_PASSWORD, DEMO_PEOPLE
from blended_pilot.environment import ROOT
from tests.devstack.conftest import descendants, family, gone_within, own_environment


class Demo:
    """A demo that has been started and, unless it ended by itself, has said where it is."""

    def __init__(self, home: Path, log: Path, **variables: str) -> None:
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                ["make", "--no-print-directory", f"VENV={sys.prefix}", "demo"],
                cwd=ROOT,
                env=own_environment(BLENDED_PILOT_HOME=str(home), DEMO_ARGS="--members 20 --months 2", **variables),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.address = ""
        while not self.address and self.process.poll() is None:
            time.sleep(0.1)
            self.address = next(iter(re.findall(r"http://localhost:\d+", self.said)), "")

    @property
    def said(self) -> str:
        return self._log.read_text()

    def everything(self) -> set[int]:
        return set(descendants(self.process.pid)) | {self.process.pid}


@pytest.fixture
def start(home, tmp_path):
    demos = []

    def start_demo(**variables: str) -> Demo:
        demos.append(Demo(home, tmp_path / f"{len(demos)}.log", **variables))
        return demos[-1]

    yield start_demo
    for demo in demos:
        everything = demo.everything()
        demo.process.kill()
        demo.process.wait()
        gone_within(60, everything)


def signed_in(address: str, email: str) -> str:
    """The page that a person lands on."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{address}/", timeout=30)
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.read().decode())[0]
    fields = {"csrfmiddlewaretoken": token, "login": email, "password": DEMO_PASSWORD}
    return browser.open(form.url, data=urlencode(fields).encode(), timeout=30).read().decode()


def test_the_demo_starts_keeps_what_was_done_and_leaves_nothing_running(start, home):
    first = start()
    assert "is ready" in first.said
    assert DEMO_PASSWORD in first.said
    shown = [person for person in DEMO_PEOPLE if person.email in first.said]
    assert {person.role for person in shown} == {person.role for person in DEMO_PEOPLE}
    page = signed_in(first.address, shown[0].email)
    assert shown[0].name in page
    everything = first.everything()
    assert len(everything) > 10

    os.killpg(first.process.pid, signal.SIGINT)  # Ctrl-C reaches `make` and the demo alike
    first.process.wait(60)
    assert "Stopped. Everything that was done is kept" in first.said
    assert gone_within(5, everything)
    assert family(home) == {}

    second = start()
    assert "there already" in second.said
    assert shown[0].name in signed_in(second.address, shown[0].email)
    everything = second.everything()

    second.process.kill()  # `make`, with -9: it can pass nothing on
    assert gone_within(30, everything)

    third = start()
    everything = third.everything()
    (supervisor,) = [pid for pid, command in descendants(third.process.pid).items() if "manage.py demo" in command]
    os.kill(supervisor, signal.SIGKILL)
    assert gone_within(30, everything)

    fourth = start()
    everything = fourth.everything()
    web = min(pid for pid, command in descendants(fourth.process.pid).items() if "gunicorn" in command)
    os.kill(web, signal.SIGKILL)
    assert fourth.process.wait(60) != 0
    assert "The web ended with status -9" in fourth.said
    assert gone_within(30, everything)


def test_a_port_that_is_taken_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = start(BLENDED_PILOT_PORT=str(port))

        assert demo.process.wait(60) != 0
        assert f"The port {port} is taken" in demo.said
