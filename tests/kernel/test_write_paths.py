"""Every way to write, on every audited model and every table that only grows, found in the register of models.

A row is made of the columns' types alone. What a row must be besides (keys, checks, exclusions, guards of states)
is taken off the table inside the test's transaction, so that a model which is added tomorrow is covered by itself.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction

from accounts.models import User
from blended_pilot.kernel.audit import append_only_models, audited_models, history_gaps, history_models

pytestmark = pytest.mark.django_db
ONE, TWO = 1, 2
LIVING = [model for model in append_only_models() if model not in history_models()]


# the first that fits
OF_TYPE: list[tuple[Any, Callable[[int], Any]]] = [
    (models.BooleanField, lambda which: which == TWO),
    (models.DateTimeField, lambda which: datetime(2026, 1, which, 12, tzinfo=UTC)),
    (models.DateField, lambda which: date(2026, 1, which)),
    (models.TimeField, time),
    (models.DecimalField, Decimal),
    (models.IntegerField, int),
    (models.UUIDField, lambda which: UUID(int=which)),
    (models.JSONField, lambda which: {"which": which}),
    (models.BinaryField, lambda which: bytes([which])),
    ((models.CharField, models.TextField, models.FileField), lambda which: "ab"[which - 1]),
]


def value(field: Any, which: int) -> Any:
    """A value of the column's type; `which` tells two apart."""
    if isinstance(field, models.ForeignKey):
        return value(field.target_field, which)
    if isinstance(field, ArrayField):
        return [value(field.base_field, which)]
    return next(make for types, make in OF_TYPE if isinstance(field, types))(which)


class Table:
    """One model, and rows of it."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.name = f'"{model._meta.db_table}"'
        self.key = model._meta.pk
        self.fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
        self.rows = model._base_manager
        kept = getattr(model, "history", None)
        tracked = {field.name for field in kept.model.tracked_fields} if kept is not None else set()
        changeable = [
            field
            for field in self.fields
            if not field.primary_key and field.related_model is not model and (not tracked or field.name in tracked)
        ]
        # the last one: what a table is about comes first, and is often part of a key
        self.changes = changeable[-1]

    def values(self, which: int) -> dict[str, Any]:
        """Of one row; it points at no row of its own table."""
        return {
            field.attname: None
            if field.null and field.related_model is self.model
            else value(field, which if field is self.changes else ONE)
            for field in self.fields
        }

    def new(self) -> Any:
        return self.model(**self.values(ONE))

    def columns(self) -> str:
        return ", ".join(f'"{field.column}"' for field in self.fields)

    def prepared(self, which: int = ONE) -> list[Any]:
        found = self.values(which)
        return [field.get_db_prep_save(found[field.attname], connection) for field in self.fields]

    def insert(self) -> str:
        return f"INSERT INTO {self.name} ({self.columns()}) VALUES ({', '.join(['%s'] * len(self.fields))})"

    def set_changed(self) -> tuple[str, Any]:
        return f'"{self.changes.column}" = %s', self.changes.get_db_prep_save(value(self.changes, TWO), connection)

    def remove(self, delete: Callable[[], Any]) -> None:
        """By the ORM. A user is never deleted that way: history keeps its author, and refuses to forget."""
        if self.model is User:
            with pytest.raises(DatabaseError, match=r"only grows"), transaction.atomic():
                delete()
            self.rows.all()._raw_delete("default")
        else:
            delete()


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def by_save(table: Table) -> None:
    row = table.new()
    row.save(force_insert=True)
    setattr(row, table.changes.attname, value(table.changes, TWO))
    row.save()
    table.remove(row.delete)


def by_queryset(table: Table) -> None:
    table.rows.create(**table.values(ONE))
    table.rows.filter(pk=ONE).update(**{table.changes.attname: value(table.changes, TWO)})
    table.remove(table.rows.filter(pk=ONE).delete)


def by_bulk(table: Table) -> None:
    [row] = table.rows.bulk_create([table.new()])
    setattr(row, table.changes.attname, value(table.changes, TWO))
    table.rows.bulk_update([row], [table.changes.name])
    table.rows.filter(pk=ONE)._raw_delete("default")


def by_upsert(table: Table) -> None:
    table.rows.bulk_create([table.new()])
    table.rows.bulk_create(
        [table.model(**table.values(TWO))],
        update_conflicts=True,
        unique_fields=[table.key.name],
        update_fields=[table.changes.name],
    )
    table.remove(table.rows.all().delete)


def by_update_or_create(table: Table) -> None:
    for which in (ONE, TWO):
        values = {name: each for name, each in table.values(which).items() if name != table.key.attname}
        table.rows.update_or_create(pk=ONE, defaults=values)
    table.remove(table.rows.get(pk=ONE).delete)


def by_raw_sql(table: Table) -> None:
    execute(table.insert(), *table.prepared())
    execute(f"UPDATE {table.name} SET {table.set_changed()[0]}", table.set_changed()[1])
    execute(f"DELETE FROM {table.name}")


def by_raw_upsert(table: Table) -> None:
    clause, changed = table.set_changed()
    for _time in range(2):
        execute(
            f'{table.insert()} ON CONFLICT ("{table.key.column}") DO UPDATE SET {clause}', *table.prepared(), changed
        )
    execute(f"DELETE FROM {table.name}")


def by_merge(table: Table) -> None:
    clause, changed = table.set_changed()
    execute(table.insert(), *table.prepared())
    merge = f'MERGE INTO {table.name} there USING (VALUES (1)) here (id) ON there."{table.key.column}"::text = '
    key = table.key.get_db_prep_save(value(table.key, ONE), connection)
    execute(f"{merge} %s::text WHEN MATCHED THEN UPDATE SET {clause}", key, changed)
    execute(f"{merge} %s::text WHEN MATCHED THEN DELETE", key)


def by_copy(table: Table) -> None:
    execute(table.insert(), *table.prepared())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE said ON COMMIT DROP AS SELECT {table.columns()} FROM {table.name}")
        with cursor.cursor.copy("COPY said TO STDOUT") as out:
            lines = b"".join(bytes(part) for part in out)
        # the row that was inserted goes, and comes back by COPY
        cursor.execute(f"DELETE FROM {table.name}")
        with cursor.cursor.copy(f"COPY {table.name} ({table.columns()}) FROM STDIN") as copy:
            copy.write(lines)
        cursor.execute("DROP TABLE said")
    clause, changed = table.set_changed()
    execute(f"WITH changed AS (UPDATE {table.name} SET {clause} RETURNING 1) SELECT count(*) FROM changed", changed)
    execute(f"DELETE FROM {table.name} USING (VALUES (1)) gone (id) WHERE gone.id = 1")


WAYS: list[Callable[[Table], None]] = [
    by_save, by_queryset, by_bulk, by_upsert, by_update_or_create, by_raw_sql, by_raw_upsert, by_merge, by_copy,
]  # fmt: skip


def bared(model: Any) -> Table:
    """The model's table with nothing on it but its primary key, its history triggers and its guard."""
    with connection.as_owner(), connection.cursor() as cursor:
        table = f'"{model._meta.db_table}"'
        cursor.execute(
            """SELECT format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I CASCADE', %s, conname) FROM pg_constraint
                WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'x', 'u')
               UNION ALL
               SELECT format('DROP INDEX %%I', indexrelid::regclass::text) FROM pg_index
                WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary
                  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
               UNION ALL
               SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', %s, tgname) FROM pg_trigger
                WHERE tgrelid = %s::regclass AND NOT tgisinternal
                  AND tgname NOT LIKE 'pgtrigger_history_%%%%' AND tgname NOT LIKE 'pgtrigger_only_grows_%%%%'
                  AND tgname NOT LIKE 'pgtrigger_refuse_truncate_%%%%'""",
            [table] * 5,
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
    return Table(model)


@pytest.mark.parametrize("model", audited_models(), ids=lambda model: model._meta.label)
def test_every_way_to_write_leaves_true_history(model: Any) -> None:
    """Negative control: without its triggers each way leaves none (`tests/kernel/test_audit.py`)."""
    table, past = bared(model), model.history.model.objects
    with connection.as_owner():
        for way in WAYS:
            before = transaction.savepoint()
            way(table)
            told = list(past.order_by("history_id").values_list("history_type", table.changes.attname))
            expected = [
                ("+", value(table.changes, ONE)),
                ("~", value(table.changes, TWO)),
                ("-", value(table.changes, TWO)),
            ]
            if way is by_copy:
                expected = [expected[0], ("-", value(table.changes, ONE)), *expected]
            assert told == expected, way.__name__
            assert not history_gaps(model), way.__name__
            transaction.savepoint_rollback(before)


@pytest.mark.parametrize("model", LIVING, ids=lambda model: model._meta.label)
def test_a_table_that_only_grows_refuses_every_way_to_change_it(model: Any) -> None:
    """By the ORM and by SQL, also as the owner of the tables; afterwards the row is what it was."""
    table = bared(model)
    clause, changed = table.set_changed()
    key = f'"{table.key.column}"'

    def saved() -> None:
        row = table.rows.get()
        setattr(row, table.changes.attname, value(table.changes, TWO))
        row.save()

    refused: dict[str, Callable[[], Any]] = {
        "save": saved,
        "delete": lambda: table.rows.get().delete(),
        "update()": lambda: table.rows.update(**{table.changes.attname: value(table.changes, TWO)}),
        "delete()": lambda: table.rows.all()._raw_delete("default"),
        "bulk_update": lambda: table.rows.bulk_update([table.model(**table.values(TWO))], [table.changes.name]),
        "upsert": lambda: execute(
            f"{table.insert()} ON CONFLICT ({key}) DO UPDATE SET {clause}", *table.prepared(), changed
        ),
        "UPDATE": lambda: execute(f"UPDATE {table.name} SET {clause}", changed),
        "DELETE": lambda: execute(f"DELETE FROM {table.name}"),
        "TRUNCATE": lambda: execute(f"TRUNCATE {table.name} CASCADE"),
        "MERGE": lambda: execute(
            f"MERGE INTO {table.name} t USING (VALUES (1)) h (id) ON true WHEN MATCHED THEN DELETE"
        ),
    }
    with connection.as_owner():
        table.rows.bulk_create([table.new()])
        stood = table.rows.values().get()
        for way, change in refused.items():
            with pytest.raises(DatabaseError, match=r"only grows"), transaction.atomic():
                change()
            assert table.rows.values().get() == stood, way
