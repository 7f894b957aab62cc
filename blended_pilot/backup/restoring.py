"""Put a backup back: whole, into a database with nothing in it, and under the rights that the program has here."""

import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _

from blended_pilot.backup import archive
from blended_pilot.backup.making import counted
from blended_pilot.backup.programs import run
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.roles import SYSTEM_POLICY, establish

# what a new database has already, and what belongs to an installation and not to its data
MADE_HERE = re.compile(rf" (SCHEMA - public|COMMENT - (SCHEMA|EXTENSION) \S+|POLICY public \S+ {SYSTEM_POLICY}) ")


class NotEmpty(Refused):
    """There is something that the restore would overwrite."""


def restore(*, file: Path, replace: bool = False) -> archive.Manifest:
    """Raises Unusable for a damaged backup (nothing is changed), NotEmpty unless told to replace what is there."""
    with archive.opened(file) as (manifest, tar):
        _require_room(manifest, replace=replace)
        put_back(manifest, tar)
    return manifest


def put_back(manifest: archive.Manifest, tar: tarfile.TarFile) -> None:
    """Into the database of the connection and the storage, over what is there."""
    with tempfile.TemporaryDirectory(prefix="blended-pilot-restore-") as folder:
        dump, wanted = Path(folder) / archive.DATABASE, Path(folder) / "wanted"
        with archive.taken_out(tar, archive.DATABASE) as source, dump.open("wb") as target:
            shutil.copyfileobj(source, target)
        with connection.as_owner():  # type: ignore[attr-defined]
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE")
                cursor.execute("CREATE SCHEMA public")
                cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
            listed = run("pg_restore", connection, ["--list", str(dump)])
            wanted.write_text("\n".join(line for line in listed.splitlines() if not MADE_HERE.search(line)))
            options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
            database = str(connection.settings_dict["NAME"])
            run("pg_restore", connection, [*options, f"--use-list={wanted}", f"--dbname={database}", str(dump)])
            establish(connection)
            with connection.cursor() as cursor:
                rows = counted(cursor)
    faults = [
        _("%(table)s has %(here)s rows; the backup counted %(there)s.")
        % {"table": table, "here": rows.get(table, 0), "there": count}
        for table, count in manifest.rows.items()
        if rows.get(table) != count
    ]
    if faults:
        raise Unusable(_("Not everything came back."), faults)
    _put_files(manifest.files, tar)


def _require_room(manifest: archive.Manifest, *, replace: bool) -> None:
    if replace:
        return
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        (tables,) = cursor.fetchone()
    there = [name for name in manifest.files if default_storage.exists(name)]
    if tables or there:
        raise NotEmpty(
            _("There is something here already. Say --replace to put the backup in its place."),
            [
                _("The database %(name)s has %(tables)s tables.")
                % {"name": connection.settings_dict["NAME"], "tables": tables},
                _("%(files)s of its uploaded files are here.") % {"files": len(there)},
            ],
        )


def _put_files(names: Iterable[str], tar: tarfile.TarFile) -> None:
    for name in names:
        if default_storage.exists(name):
            default_storage.delete(name)
        with archive.taken_out(tar, archive.FILES + name) as content:
            kept_as = default_storage.save(name, content)
        if kept_as != name:
            raise Unusable(_("%(name)s could not be put back under its name.") % {"name": name})
