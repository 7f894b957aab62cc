import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from blended_pilot.celery import app as celery_app
from blended_pilot.demo.people import DEMO_PASSWORD, one_per_role
from blended_pilot.devstack.processes import free_port
from blended_pilot.devstack.supervisor import Died, Program, Stopped, Supervisor, end_with, stop_on_signals

FIRST_PORT = 8000
START_SECONDS = 60


class Command(BaseCommand):
    help = "Start everything that a newcomer needs, with a lively pilot in it; print where to sign in. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            default=int(os.environ.get("BLENDED_PILOT_PORT") or 0),
            help=f"where to listen (default: BLENDED_PILOT_PORT, or the first free one from {FIRST_PORT})",
        )

        parser.add_argument("--members", type=int, default=1200, help="people in the pilot when it is first made")
        parser.add_argument("--months", type=int, default=20, help="whole months that it looks back on")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        if "MAKELEVEL" in os.environ:
            end_with(os.getppid())
        stop_on_signals()
        try:
            call_command("demo_data", members=options["members"], months=options["months"])
            with _listening(options["port"]) as door, Supervisor(settings.HOME / "logs") as supervisor:
                port = door.getsockname()[1]
                os.environ.setdefault("PUBLIC_URL", f"http://localhost:{port}")  # for the address in letters
                for program in programs(door):
                    supervisor.start(program)
                supervisor.wait_until(lambda: _web_answers(port) and _worker_answers(), START_SECONDS)
                self._welcome(port, time.monotonic() - began)
                supervisor.watch()
        except Stopped:
            self.stdout.write("Stopped. Everything that was done is kept for the next start.")
        except Died as error:
            raise CommandError(str(error)) from error

    def _welcome(self, port: int, seconds: float) -> None:
        people = one_per_role()
        width = max(len(person.email) for person in people)
        self.stdout.write(f"\nBlended Pilot is ready after {seconds:.0f} s:  http://localhost:{port}\n\n")
        self.stdout.write(f"Everybody's password is  {DEMO_PASSWORD}\n\n")
        for person in people:
            self.stdout.write(f"  {person.email:<{width}}  {person.role.label} ({person.organisation})")
        self.stdout.write(f"\nLogs are in {settings.HOME / 'logs'}. Ctrl-C stops everything.\n")
        self.stdout.flush()


def _listening(wanted: int) -> socket.socket:
    """The open door that the web server is handed: nobody else can answer at its port, then or later."""
    port = free_port(wanted or FIRST_PORT)
    if wanted and port != wanted:
        raise CommandError(f"The port {wanted} is taken; {port} is free.")
    return socket.create_server(("127.0.0.1", port))


def programs(door: socket.socket) -> list[Program]:
    celery = [sys.executable, "-m", "celery", "-A", "blended_pilot"]
    web = [
        *(sys.executable, "-m", "gunicorn", "blended_pilot.wsgi", f"--bind=fd://{door.fileno()}"),
        *("--no-control-socket", "--workers=2", "--threads=4", "--keep-alive=75", "--graceful-timeout=5"),
        "--access-logfile=-",
    ]
    worker = [*celery, "worker", "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    beat = [*celery, "beat", f"--schedule={settings.HOME / 'beat-schedule'}", "--pidfile=", "--loglevel=INFO"]
    return [
        # SIGINT: without waiting for connections that browsers keep open
        Program("web", web, stop=signal.SIGINT, inherits=[door.fileno()]),
        Program("worker", worker, stop=signal.SIGTERM),
        Program("beat", beat, stop=signal.SIGTERM),
    ]


def _web_answers(port: int) -> bool:
    """Whether the web server serves: any answer will do, being asked to sign in included."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(20).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def _worker_answers() -> bool:
    return bool(celery_app.control.ping(timeout=0.5))
