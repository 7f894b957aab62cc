"""Under which account an embedded server runs, and where its files can lie.

PostgreSQL refuses to run as root. Under root it runs as `nobody`, from a private copy of its programs, and its files
must lie where `nobody` can go. Nobody's way is never cleared by changing the permissions of a folder that is not ours.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534
PREFIX = "blended-pilot-"
MEMO = "elsewhere"  # in the home: where its temporary folder is
OWNER = "belongs-to"  # in the temporary folder: whose it is


class Unavailable(Exception):
    """The embedded servers cannot be had here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system's account that a server runs under; `uid` None means our own."""

    uid: int | None
    gid: int | None

    @classmethod
    def for_servers(cls) -> "Account":
        if os.geteuid() != 0:
            return cls(None, None)
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            return cls(NOBODY, NOBODY)
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def is_other(self) -> bool:
        return self.uid is not None

    def options(self) -> dict[str, Any]:
        """Arguments of subprocess calls that run a program under this account, with nothing of our environment."""
        own: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"}, "cwd": "/"}
        if self.is_other:
            own |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return own

    def can_enter(self, folder: Path) -> bool:
        return subprocess.run(["test", "-x", folder], check=False, **self.options()).returncode == 0

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def own_folder(path: Path) -> Path:
    """A folder of ours that others may pass through; made if it is missing."""
    path.mkdir(exist_ok=True)
    path.chmod(0o755)
    return path


def place_for(folder: Path, account: Account) -> Path:
    """Where the server's own files lie: in `folder`, or in a temporary folder when the account cannot go there.

    The temporary folder is remembered in `folder`, so that the next start finds the same data.
    """
    if not account.is_other or account.can_enter(folder):
        return folder
    remembered = _remembered(folder)
    if remembered is not None and _is_ours(remembered):
        return remembered
    elsewhere = _temporary_folder(account)
    (folder / MEMO).write_text(str(elsewhere))
    (elsewhere / OWNER).write_text(str(folder))
    return elsewhere


def _remembered(folder: Path) -> Path | None:
    try:
        return Path((folder / MEMO).read_text())
    except OSError:
        return None


def _temporary_folder(account: Account) -> Path:
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if os.path.isdir(parent) and account.can_enter(Path(parent)):
            _clear_abandoned(Path(parent))
            made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            made.chmod(0o711)
            return made
    raise Unavailable(
        "No folder for temporary files is open to the account 'nobody'; set BLENDED_PILOT_HOME or DATABASE_URL."
    )


def _clear_abandoned(parent: Path) -> None:
    """Remove folders that we made for homes that are gone, unless a server still runs there."""
    for made in parent.glob(f"{PREFIX}*"):
        if not _is_ours(made) or not (made / OWNER).exists() or (made / "data" / "postmaster.pid").exists():
            continue
        if _remembered(Path((made / OWNER).read_text())) != made:
            shutil.rmtree(made, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Not a link, not somebody else's: names in a shared temporary folder can be taken by others."""
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()


def copied_programs(source: Path, target: Path) -> Path:
    """`source` (a file or a tree) again at `target`, readable by everybody. Hard links where that is enough."""
    if target.exists():
        return target
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, unfinished, symlinks=True, copy_function=_link_or_copy)
        for folder, _, _ in os.walk(unfinished):
            os.chmod(folder, 0o755)
    else:
        _link_or_copy(str(source), str(unfinished))
    unfinished.rename(target)
    return target


def _link_or_copy(source: str, target: str) -> str:
    mode = os.stat(source).st_mode
    if mode & stat.S_IROTH:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return target
    shutil.copy(source, target)
    os.chmod(target, mode | stat.S_IRGRP | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
    return target
