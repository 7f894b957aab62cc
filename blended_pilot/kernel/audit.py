"""History, attribution and append-only tables, kept by the database itself.

History rows are written by statement-level AFTER triggers with transition tables, so that every write path (save,
update(), bulk writes, raw SQL, COPY, cascades) leaves a true row. Who and why travel as transaction-local settings:
`recording()` opens the transaction and sets them. History itself only grows.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pgtrigger
import structlog
from django.apps import apps
from django.db import connection, models, transaction
from simple_history.models import HistoricalRecords

from blended_pilot.kernel.row_security import row_security_of
from blended_pilot.kernel.scope import SYSTEM, acting
from blended_pilot.kernel.triggers import HistoryTrigger, OnlyGrows, RefuseTruncate, listed


class HistoryColumns(models.Model):
    """What a history row records beside the values: the request and the database transaction that wrote it."""

    request_id = models.CharField(max_length=64, blank=True, default="")
    transaction_id = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class _GrowingHistory(HistoricalRecords):
    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        guard = row_security_of(model)
        guarded = {"constraints": [guard.of_history()]} if guard else {}
        return {**super().get_meta_options(model), **guarded, "triggers": [OnlyGrows()]}


def history(*, exclude: Sequence[str] = (), unindexed: Sequence[str] = ()) -> HistoricalRecords:
    """The history table of a model, without the fields in `exclude` and without an index on those in `unindexed`.

    Pair it with `*history_triggers(exclude=...)` in `Meta.triggers`.
    """
    return _GrowingHistory(
        bases=[HistoryColumns],
        cascade_delete_history=False,
        excluded_fields=list(exclude),
        no_db_index=list(unindexed),
        history_change_reason_field=models.TextField(null=True),
    )


def history_triggers(*, exclude: Sequence[str] = ()) -> list[pgtrigger.Trigger]:
    """A model's history is written by the database, and the model cannot be emptied behind its back."""
    return [*(HistoryTrigger(verb, exclude) for verb in ("insert", "update", "delete")), RefuseTruncate()]


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """A table that only grows: UPDATE, DELETE and TRUNCATE are refused, whoever asks and by whatever path."""
    return [OnlyGrows()]


@contextmanager
def recording(*, actor: Any, reason: str = "") -> Iterator[None]:
    """One transaction whose history rows carry `actor`, `reason` and the request under way.

    It acts as the system: what an operation decides, by permissions that it asks for itself, must not depend on which
    rows the actor sees. Nested calls share the outer transaction and restore the outer attribution when they end; a
    rolled-back one restores it by rolling back.
    """
    nested = connection.in_atomic_block
    with acting(SYSTEM), transaction.atomic(), connection.cursor() as cursor:
        outer = _attribution(cursor) if nested else None
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        _attribute(cursor, str(actor.pk) if actor is not None else "", reason, request_id)
        yield
        if outer is not None and not connection.needs_rollback:
            _attribute(cursor, *outer)


def _attribution(cursor: Any) -> tuple[str, str, str]:
    cursor.execute(
        """SELECT COALESCE(current_setting('app.user_id', true), ''), COALESCE(current_setting('app.reason', true), ''),
                  COALESCE(current_setting('app.request_id', true), '')"""
    )
    outer: tuple[str, str, str] = cursor.fetchone()
    return outer


def _attribute(cursor: Any, user_id: str, reason: str, request_id: str) -> None:
    cursor.execute(
        """SELECT set_config('app.user_id', %s, true), set_config('app.reason', %s, true),
                  set_config('app.request_id', %s, true)""",
        [user_id, reason, request_id],
    )


@dataclass(frozen=True)
class HistoryGaps:
    """Rows of one model whose history is not true. Falsy when there are none."""

    rows: int  # live rows that were compared
    unrecorded: tuple[Any, ...]  # keys of live rows that the latest history row does not equal
    ghosts: tuple[Any, ...]  # keys that history holds as living, and that are gone

    def __bool__(self) -> bool:
        return bool(self.unrecorded or self.ghosts)


def audited_models() -> list[type[models.Model]]:
    """Every model whose history is kept, in order of app and name."""
    return [model for model in apps.get_models() if hasattr(model, "history") and not _is_history(model)]


def history_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if _is_history(model)]


def append_only_models() -> list[type[models.Model]]:
    """Every table that refuses change, history tables among them."""
    return [
        model
        for model in apps.get_models()
        if any(isinstance(trigger, OnlyGrows) for trigger in getattr(model._meta, "triggers", []))
    ]


def history_gaps(model: Any) -> HistoryGaps:
    """Compare every live row of an audited model with its latest history row, all kept columns at once."""
    history_model = model.history.model
    columns = [field.column for field in history_model.tracked_fields]
    key = model._meta.pk.column
    changed = f"({listed('live', columns)}) IS DISTINCT FROM ({listed('latest', columns)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH latest AS (
                SELECT DISTINCT ON ("{key}") * FROM "{history_model._meta.db_table}" ORDER BY "{key}", history_id DESC
            )
            SELECT live."{key}" IS NOT NULL, COALESCE(live."{key}", latest."{key}")
              FROM "{model._meta.db_table}" live FULL JOIN latest ON latest."{key}" = live."{key}"
             WHERE CASE WHEN live."{key}" IS NULL THEN latest.history_type <> '-'
                        ELSE latest."{key}" IS NULL OR latest.history_type = '-' OR {changed}
                   END
             ORDER BY 2"""
        )
        gaps = cursor.fetchall()
    return HistoryGaps(
        rows=model._default_manager.count(),
        unrecorded=tuple(row for lives, row in gaps if lives),
        ghosts=tuple(row for lives, row in gaps if not lives),
    )


def _is_history(model: type[models.Model]) -> bool:
    return issubclass(model, HistoryColumns)
