"""History, attribution and append-only tables, kept by the database itself.

History rows are written by statement-level AFTER triggers with transition tables, so that every write path (save,
update(), bulk writes, raw SQL, COPY, cascades) leaves a true row. Who and why travel as transaction-local settings:
`recording()` opens the transaction and sets them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pgtrigger
from django.db import connection, models, transaction
from simple_history.models import HistoricalRecords

SYSTEM = None


class HistoryColumns(models.Model):
    """What a history row records beside the values: the request and the database transaction that wrote it."""

    request_id = models.CharField(max_length=64, blank=True, default="")
    transaction_id = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


def history() -> HistoricalRecords:
    """The history table of a model; pair it with `*history_triggers()` in `Meta.triggers`."""
    return HistoricalRecords(bases=[HistoryColumns], cascade_delete_history=False)


class HistoryTrigger(pgtrigger.Trigger):
    """Copies every changed row of one statement into the model's history table.

    An UPDATE that changes nothing leaves no history row.
    """

    _operations = {
        "insert": (pgtrigger.Insert, "+", {"new": "changed"}),
        "update": (pgtrigger.Update, "~", {"new": "changed", "old": "before"}),
        "delete": (pgtrigger.Delete, "-", {"old": "changed"}),
    }

    def __init__(self, verb: str) -> None:
        self._verb = verb
        operation, _, transition = self._operations[verb]
        super().__init__(
            name=f"history_{verb}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(**transition),
        )

    def get_func(self, model: Any) -> str:
        meta = model._meta
        table = f"{meta.app_label}_historical{meta.model_name}"
        columns = [field.column for field in meta.concrete_fields]
        into = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(f'changed."{column}"' for column in columns)
        source = "changed"
        if self._verb == "update":
            key = meta.pk.column
            # `before IS DISTINCT FROM changed` compares whole rows: an update that changes nothing is not history.
            source = f'changed JOIN before ON before."{key}" = changed."{key}" WHERE before IS DISTINCT FROM changed'
        return f"""
            INSERT INTO "{table}" ({into}, history_date, history_type, history_user_id, history_change_reason,
                                   request_id, transaction_id)
            SELECT {values}, clock_timestamp(), '{self._operations[self._verb][1]}',
                   NULLIF(current_setting('app.user_id', true), '')::bigint,
                   NULLIF(current_setting('app.reason', true), ''),
                   COALESCE(current_setting('app.request_id', true), ''),
                   pg_current_xact_id()::text::bigint
              FROM {source};
            RETURN NULL;"""


def history_triggers() -> list[pgtrigger.Trigger]:
    return [HistoryTrigger(verb) for verb in ("insert", "update", "delete")]


class RefuseTruncate(pgtrigger.Trigger):
    def __init__(self) -> None:
        super().__init__(
            name="refuse_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION '% only grows: TRUNCATE is refused', TG_TABLE_NAME;",
        )


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """A table that only grows: UPDATE, DELETE and TRUNCATE are refused, whoever asks and by whatever path."""
    return [
        pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update),
        pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete),
        RefuseTruncate(),
    ]


@contextmanager
def recording(*, actor: Any, reason: str = "") -> Iterator[None]:
    """One transaction whose history rows carry `actor` and `reason`.

    Nested calls share the outer transaction and restore the outer attribution when they end.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.user_id', true), current_setting('app.reason', true)")
        outer = cursor.fetchone()
        _attribute(cursor, str(actor.pk) if actor is not None else "", reason)
        yield
        _attribute(cursor, outer[0] or "", outer[1] or "")


def _attribute(cursor: Any, user_id: str, reason: str) -> None:
    cursor.execute("SELECT set_config('app.user_id', %s, true), set_config('app.reason', %s, true)", [user_id, reason])
