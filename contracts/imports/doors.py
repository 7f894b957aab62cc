"""Files of the command line and of the store, opened and handed to the operations."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable
from contracts.imports.files import Feed, open_feed
from contracts.imports.limits import limits
from contracts.imports.mapping import Mapping, mapping_of, read_mapping
from contracts.models import FeedRun
from contracts.operations import feeds
from contracts.operations.feeds.kinds import FeedKind

ATTEMPTS = 3


def open_file(path: Path, *, kind: FeedKind, mapping_file: Path | None = None) -> Feed:
    """Raises Unusable: no such file, a mapping or a header that cannot be used."""
    mapping = Mapping()
    if mapping_file is not None:
        with _readable(mapping_file):
            try:
                mapping = read_mapping(mapping_file.read_text("utf-8-sig"), kind)
            except UnicodeDecodeError:
                raise Unusable(_("The mapping is not UTF-8 text.")) from None
    with _readable(path):
        return open_feed(path, kind=kind, mapping=mapping, limits=limits())


def send_file(*, source: Feed, contract_id: int, actor: Any, clock: Callable[[], datetime]) -> FeedRun:
    """Send a file, judging it anew where a person entered something that stands in its way meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return feeds.send(source=source, contract_id=contract_id, actor=actor, now=clock())
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


@contextmanager
def stored_feed(run: FeedRun) -> Iterator[Feed]:
    """The file of a run, as a local file for as long as it is needed, whatever the store.

    Raises Unusable.
    """
    kind = feeds.feed_kind(run.kind)
    mapping = mapping_of(run.mapping, kind)
    with tempfile.NamedTemporaryFile(prefix="feed-") as local:
        with run.stored.open("rb") as stored:
            for chunk in stored.chunks():
                local.write(chunk)
        local.flush()
        yield open_feed(Path(local.name), kind=kind, mapping=mapping, limits=limits(), file_name=run.file_name)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Unusable(_("There is no file %(path)s.") % {"path": path}) from None
    except IsADirectoryError:
        raise Unusable(_("%(path)s is a folder.") % {"path": path}) from None
    except PermissionError:
        raise Unusable(_("%(path)s may not be read.") % {"path": path}) from None


def check_stored(
    *, run_id: int, actor: Any, now: datetime, progress: Callable[[int, int | None, str], None]
) -> FeedRun:
    """Check the file of a run; why it cannot be used is kept with the run. Raises AlreadyDealtWith, NotAllowed."""
    run = FeedRun.objects.get(pk=run_id)
    try:
        with transaction.atomic(), stored_feed(run) as source:
            return feeds.check(run_id=run_id, source=source, actor=actor, now=now, progress=progress)
    except (Unusable, feeds.NothingSigned) as error:
        return feeds.mark_unusable(run_id=run_id, error=error, actor=actor, now=now)


def apply_stored(
    *, run_id: int, actor: Any, now: datetime, progress: Callable[[int, int | None, str], None]
) -> FeedRun:
    """Apply the file of a run. Raises AlreadyDealtWith, NotAllowed, Unusable."""
    with stored_feed(FeedRun.objects.get(pk=run_id)) as source:
        return feeds.apply(run_id=run_id, source=source, actor=actor, now=now, progress=progress)
