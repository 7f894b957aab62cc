"""The file of a backup: how it is written and read, and how it is known to be whole."""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database.dump", "files/"
CHUNK = 1 << 20


@dataclass(frozen=True)
class Kept:
    """One file in the archive: its size in bytes and SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the archive holds. `rows` counts each table; `files` are uploaded ones by their name in storage."""

    made_at: str
    server: int  # PostgreSQL's version as a number
    migrations: list[str]
    rows: dict[str, int]
    database: Kept
    files: dict[str, Kept]

    def written(self) -> bytes:
        content = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, indent=1)
        return json.dumps({"sha256": hashed(io.BytesIO(content.encode())).sha256, "manifest": content}).encode()


def read(source: bytes) -> Manifest:
    """Raises Unusable when it is not whole."""
    try:
        outer = json.loads(source)
        content = outer["manifest"]
        if hashed(io.BytesIO(content.encode())).sha256 != outer["sha256"]:
            raise Unusable(_("The manifest of this backup is damaged."))
        told: dict[str, Any] = json.loads(content)
        if told.pop("format") != FORMAT:
            raise Unusable(_("This backup was written by another version of the program."))
        told["database"] = Kept(**told["database"])
        told["files"] = {name: Kept(**kept) for name, kept in told["files"].items()}
        return Manifest(**told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(_("The manifest of this backup is damaged.")) from error


def add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> Kept:
    """Append one file of any size; hashed on its way."""
    with tempfile.SpooledTemporaryFile(max_size=32 * CHUNK) as spooled:
        while part := content.read(CHUNK):
            spooled.write(part)
        size = spooled.tell()
        spooled.seek(0)
        kept = hashed(spooled)
        spooled.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        archive.addfile(entry, spooled)
    return kept


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, tarfile.TarFile]]:
    """The archive, after every byte of what it holds was compared with its manifest. Raises Unusable."""
    try:
        with tarfile.open(path, "r:") as archive:
            members = {member.name: member for member in archive.getmembers() if member.isfile()}
            manifest = read(_content(archive, members.get(MANIFEST)).read())
            expected = {DATABASE: manifest.database} | {FILES + name: kept for name, kept in manifest.files.items()}
            faults = [
                _("%(name)s is not what was put in.") % {"name": name}
                for name, kept in expected.items()
                if name not in members or hashed(_content(archive, members[name])) != kept
            ]
            if faults or set(members) - set(expected) != {MANIFEST}:
                raise Unusable(_("This backup is damaged."), faults[:20])
            yield manifest, archive
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Unusable(_("This backup cannot be read: %(why)s.") % {"why": error}) from error


def taken_out(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    return _content(archive, archive.getmember(name))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> IO[bytes]:
    content = archive.extractfile(member) if member is not None else None
    if content is None:
        raise Unusable(_("This backup is damaged."))
    return content


def hashed(content: IO[bytes]) -> Kept:
    """Read to the end."""
    found, size = hashlib.sha256(), 0
    while part := content.read(CHUNK):
        found.update(part)
        size += len(part)
    return Kept(size, found.hexdigest())
