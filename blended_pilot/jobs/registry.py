"""Which function does which kind of job. Stages register theirs in `<app>/tasks.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from blended_pilot.jobs.models import Job
    from blended_pilot.jobs.progress import Progress

Handler = Callable[["Job", "Progress"], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Work:
    """A kind of job: what does it, and what it is called on the page."""

    handler: Handler
    title: "str | _StrPromise"


_WORK: dict[str, Work] = {}


def handles(kind: str, *, title: "str | _StrPromise" = "") -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`.

    It gets the job and a `Progress`, runs inside the transaction that marks the job done, and may return JSON-ready
    figures that are kept as the job's result. Raise `Refused` or `Unusable` to end the job with a sentence; any other
    exception is tried again.
    """

    def register(handler: Handler) -> Handler:
        if kind in _WORK:
            raise ValueError(f"Two functions claim jobs of kind {kind!r}.")
        _WORK[kind] = Work(handler, title or kind)
        return handler

    return register


def work(kind: str) -> Work:
    """KeyError for a kind that nothing handles."""
    return _WORK[kind]


def title(kind: str) -> "str | _StrPromise":
    """What a kind is called on the page; a kind that is no longer handled goes by its own name."""
    return _WORK[kind].title if kind in _WORK else kind


def titles() -> "list[tuple[str, str | _StrPromise]]":
    """(kind, title) of every kind, by kind."""
    return [(kind, each.title) for kind, each in sorted(_WORK.items())]
