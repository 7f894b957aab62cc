"""Write a backup: database and files at one moment, while everybody goes on working."""

import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from blended_pilot.backup import archive
from blended_pilot.backup.programs import run
from blended_pilot.kernel.errors import Unusable


def make(*, out: Path, now: datetime) -> tuple[Path, archive.Manifest]:
    """Write a new file: `out`, or one named after the moment in it where it is a folder. Raises Unusable."""
    target = out / f"blended-pilot-{now:%Y%m%dT%H%M%SZ}.tar" if out.is_dir() else out
    if target.exists():
        raise Unusable(_("%(file)s is there already.") % {"file": target})
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds everything
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            manifest = _written(tar, now)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return target, manifest


def _written(tar: tarfile.TarFile, now: datetime) -> archive.Manifest:
    with connection.as_owner():  # type: ignore[attr-defined]
        connection.cursor().close()  # it has told the database who asks: a transaction's first word is its isolation
        with transaction.atomic():
            database, rows, migrations = _dumped(tar)
    # after the database: every file that its rows name is there by now, and none of them changes
    files = {name: archive.add(tar, archive.FILES + name, content) for name, content in stored_files()}
    server: int = connection.pg_version  # type: ignore[attr-defined]
    manifest = archive.Manifest(now.isoformat(), server, migrations, rows, database, files)
    with tempfile.TemporaryFile() as content:
        content.write(manifest.written())
        content.seek(0)
        archive.add(tar, archive.MANIFEST, content)
    return manifest


def _dumped(tar: tarfile.TarFile) -> tuple[archive.Kept, dict[str, int], list[str]]:
    """The dump, in the archive; rows of each table and migrations at the same moment."""
    with connection.cursor() as cursor:
        # what is counted here and what pg_dump reads is one moment
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        rows, migrations = counted(cursor), _migrations(cursor)
    with tempfile.TemporaryDirectory(prefix="blended-pilot-backup-") as folder:
        dump = Path(folder) / archive.DATABASE
        arguments = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges", f"--file={dump}"]
        run("pg_dump", connection, arguments)
        with dump.open("rb") as content:
            database = archive.add(tar, archive.DATABASE, content)
    return database, rows, migrations


def counted(cursor: Any) -> dict[str, int]:
    """Rows of every table."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    tables = [name for (name,) in cursor.fetchall()]
    counts = {}
    for table in tables:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        (counts[table],) = cursor.fetchone()
    return counts


def _migrations(cursor: Any) -> list[str]:
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]


def stored_files(folder: str = "") -> Iterator[tuple[str, IO[bytes]]]:
    """(name, content) of every uploaded file, wherever the installation keeps them."""
    if not folder and not default_storage.exists(""):
        return
    folders, names = default_storage.listdir(folder)
    for name in sorted(names):
        path = f"{folder}/{name}" if folder else name
        with default_storage.open(path, "rb") as content:
            yield path, content
    for inner in sorted(folders):
        yield from stored_files(f"{folder}/{inner}" if folder else inner)
