"""Feeds: files that state facts, checked whole and applied in one transaction."""

from contracts.operations.feeds.judging import Judged, NothingSigned
from contracts.operations.feeds.kinds import feed_kind, kinds, register
from contracts.operations.feeds.plan import Plan
from contracts.operations.feeds.rejects import Reject
from contracts.operations.feeds.runs import (
    AlreadyDealtWith,
    apply,
    check,
    discard,
    mark_unusable,
    rehearse,
    send,
    upload,
)

__all__ = [
    "AlreadyDealtWith",
    "Judged",
    "NothingSigned",
    "Reject",
    "apply",
    "check",
    "discard",
    "feed_kind",
    "kinds",
    "mark_unusable",
    "rehearse",
    "send",
    "upload",
]

register(Plan())
