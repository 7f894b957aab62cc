"""History is written by the database, whatever the write path, and the guards cannot be put aside."""

from datetime import date
from typing import Any

import pgtrigger
import psycopg
import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from accounts.models import AccessEntry, AccessVerb, Membership, Organisation, Role, User
from blended_pilot.kernel.audit import (
    HistoryGaps,
    append_only_models,
    audited_models,
    history_gaps,
    history_models,
    recording,
)

pytestmark = pytest.mark.django_db

Past = Organisation.history.model


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def told(**which: Any) -> list[tuple[str, str]]:
    """(kind of change, name) of every history row, oldest first."""
    return list(Past.objects.filter(**which).order_by("history_id").values_list("history_type", "name"))


def three() -> list[Organisation]:
    return [Organisation(code=code, name=code.title()) for code in ("alder", "birch", "cedar")]


def by_save() -> None:
    one = Organisation(code="alder", name="Alder")
    one.save()
    one.name = "Alder & Co"
    one.save()
    one.delete()


def by_queryset() -> None:
    Organisation.objects.create(code="alder", name="Alder")
    Organisation.objects.filter(code="alder").update(name="Alder & Co")
    Organisation.objects.filter(code="alder").delete()


def by_raw_delete() -> None:
    Organisation.objects.create(code="alder", name="Alder")
    Organisation.objects.filter(code="alder").update(name="Alder & Co")
    Organisation.objects.filter(code="alder")._raw_delete("default")


def by_bulk() -> None:
    [one] = Organisation.objects.bulk_create([Organisation(code="alder", name="Alder")])
    one.name = "Alder & Co"
    Organisation.objects.bulk_update([one], ["name"])
    Organisation.objects.filter(pk=one.pk).delete()


def by_upsert() -> None:
    Organisation.objects.create(code="alder", name="Alder")
    Organisation.objects.bulk_create(
        [Organisation(code="alder", name="Alder & Co")],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )
    Organisation.objects.all().delete()


def by_update_or_create() -> None:
    Organisation.objects.get_or_create(code="alder", defaults={"name": "Alder"})
    Organisation.objects.update_or_create(code="alder", defaults={"name": "Alder & Co"})
    Organisation.objects.get(code="alder").delete()


def by_raw_sql() -> None:
    execute("INSERT INTO accounts_organisation (code, name) VALUES ('alder', 'Alder')")
    execute("UPDATE accounts_organisation SET name = 'Alder & Co'")
    execute("DELETE FROM accounts_organisation")


def by_raw_upsert() -> None:
    sql = """INSERT INTO accounts_organisation (code, name) VALUES ('alder', %s)
                 ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name"""
    execute(sql, "Alder")
    execute(sql, "Alder & Co")
    execute("DELETE FROM accounts_organisation")


def by_merge() -> None:
    sql = """MERGE INTO accounts_organisation there
             USING (VALUES ('alder', %s)) here (code, name) ON there.code = here.code
             WHEN MATCHED AND here.name = '' THEN DELETE
             WHEN MATCHED THEN UPDATE SET name = here.name
             WHEN NOT MATCHED THEN INSERT (code, name) VALUES (here.code, here.name)"""
    for name in ("Alder", "Alder & Co", ""):
        execute(sql, name)


def by_copy() -> None:
    table = "accounts_organisation"
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {table} (code, name) FROM STDIN") as copy:
        copy.write_row(("alder", "Alder"))
    execute(f"WITH changed AS (UPDATE {table} SET name = 'Alder & Co' RETURNING id) SELECT count(*) FROM changed")
    execute(f"DELETE FROM {table} USING (VALUES ('alder')) gone (code) WHERE gone.code = {table}.code")


@pytest.mark.parametrize(
    "write",
    [
        by_save,
        by_queryset,
        by_raw_delete,
        by_bulk,
        by_upsert,
        by_update_or_create,
        by_raw_sql,
        by_raw_upsert,
        by_merge,
        by_copy,
    ],
)
def test_every_write_path_leaves_the_same_true_history(write):
    """Negative control: under `session_replication_role = replica` (below) every path leaves none."""
    write()

    assert told() == [("+", "Alder"), ("~", "Alder & Co"), ("-", "Alder & Co")]
    assert history_gaps(Organisation) == HistoryGaps(rows=0, unrecorded=(), ghosts=())


def test_one_statement_over_many_rows_leaves_a_row_for_each():
    Organisation.objects.bulk_create(three())
    Organisation.objects.update(name="Grove")
    Organisation.objects.all().delete()

    assert told() == [
        *[("+", name) for name in ("Alder", "Birch", "Cedar")],
        *[("~", "Grove")] * 3,
        *[("-", "Grove")] * 3,
    ]


def test_a_cascade_in_the_database_leaves_history():
    """Our foreign keys protect; should one ever cascade, the trigger sees it all the same."""
    organisation = Organisation.objects.create(code="alder", name="Alder")
    somebody = User.objects.create(email="somebody@example.org", name="Somebody")
    Membership.objects.create(user=somebody, organisation=organisation, role=Role.FINANCE, starts_on=date(2026, 1, 1))
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'accounts_membership'::regclass
                  AND confrelid = 'accounts_organisation'::regclass"""
        )
        [(foreign_key,)] = cursor.fetchall()
        cursor.execute(
            f"""ALTER TABLE accounts_membership DROP CONSTRAINT "{foreign_key}",
                  ADD FOREIGN KEY (organisation_id) REFERENCES accounts_organisation ON DELETE CASCADE"""
        )
    execute("DELETE FROM accounts_organisation")

    assert list(Membership.history.values_list("history_type", flat=True).order_by("history_id")) == ["+", "-"]
    assert not history_gaps(Membership)


def test_an_update_that_changes_nothing_is_not_history():
    one = Organisation.objects.create(code="alder", name="Alder")
    one.save()
    Organisation.objects.update(name="Alder")

    assert told() == [("+", "Alder")]


def test_a_change_of_what_history_leaves_out_is_not_history():
    somebody = User.objects.create(email="somebody@example.org", name="Somebody", password="one")
    somebody.password = "two"
    somebody.save()
    User.objects.update(password="three")
    assert User.history.count() == 1

    User.objects.update(name="Somebody Else", password="four")
    assert list(User.history.order_by("history_id").values_list("name", flat=True)) == ["Somebody", "Somebody Else"]
    assert not hasattr(User.history.first(), "password")


def test_one_statement_over_many_rows_is_quick_after_one_over_a_single_row():
    """A trigger that kept the plan of the first statement compared all with all: 15 s went by, instead of 0.3."""
    rows = 20_000
    grown = "SELECT 'grown-' || n, 'Grown' FROM generate_series(1, %s) n"
    execute(f"INSERT INTO accounts_organisation (code, name) {grown}", rows)
    first = Organisation.objects.order_by("pk").first()
    Organisation.objects.filter(pk=first.pk).update(name="Alder")
    execute("SET LOCAL statement_timeout = '15s'")
    Organisation.objects.update(name="Birch")

    assert told(name="Birch") == [("~", "Birch")] * rows


def test_rolled_back_work_leaves_no_history():
    with transaction.atomic():
        Organisation.objects.create(code="alder", name="Alder")
        transaction.set_rollback(True)

    assert told() == []


# --- Who and why -------------------------------------------------------------------------------------------------


def attributions() -> list[tuple[Any, ...]]:
    fields = ("name", "history_user_id", "history_change_reason", "request_id")
    return list(Past.objects.order_by("history_id").values_list(*fields))


@pytest.fixture
def ann() -> User:
    return User.objects.create(email="ann@example.org", name="Ann")


@pytest.fixture
def ben() -> User:
    return User.objects.create(email="ben@example.org", name="Ben")


def test_history_says_who_and_why_and_in_which_request_and_transaction(ann):
    with structlog.contextvars.bound_contextvars(request_id="7d0c"), recording(actor=ann, reason="A new provider."):
        Organisation.objects.create(code="alder", name="Alder")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            [current] = cursor.fetchone()

    assert attributions() == [("Alder", ann.pk, "A new provider.", "7d0c")]
    assert Past.objects.get().transaction_id == current


def test_a_reason_may_be_long(ann):
    reason = "Because of this. " * 40
    with recording(actor=ann, reason=reason):
        Organisation.objects.create(code="alder", name="Alder")

    assert Past.objects.get().history_change_reason == reason


def test_nested_recordings_attribute_their_own_and_give_back_the_outer(ann, ben):
    alder, birch, cedar = three()
    with recording(actor=ann, reason="outer"):
        alder.save()
        with recording(actor=ben, reason="inner"):
            birch.save()
        cedar.save()

    assert attributions() == [
        ("Alder", ann.pk, "outer", ""),
        ("Birch", ben.pk, "inner", ""),
        ("Cedar", ann.pk, "outer", ""),
    ]


def test_a_nested_recording_that_fails_gives_back_the_outer(ann, ben):
    alder, birch, cedar = three()
    with recording(actor=ann, reason="outer"):
        alder.save()
        with recording(actor=ben, reason="inner"):
            birch.save()
            transaction.set_rollback(True)
        cedar.save()

    assert attributions() == [("Alder", ann.pk, "outer", ""), ("Cedar", ann.pk, "outer", "")]


def test_what_is_written_without_recording_names_nobody():
    Organisation.objects.create(code="alder", name="Alder")

    assert attributions() == [("Alder", None, None, "")]


@pytest.mark.django_db(transaction=True)
def test_an_attribution_ends_with_its_transaction(ann):
    with recording(actor=ann, reason="This transaction only."):
        Organisation.objects.create(code="alder", name="Alder")
    Organisation.objects.create(code="birch", name="Birch")

    assert attributions() == [("Alder", ann.pk, "This transaction only.", ""), ("Birch", None, None, "")]


# --- Gaps --------------------------------------------------------------------------------------------------------


def behind_the_triggers(sql: str) -> None:
    with connection.as_owner():
        execute("SET LOCAL session_replication_role = replica")
        execute(sql)
        execute("SET LOCAL session_replication_role = DEFAULT")


def test_gaps_name_what_was_written_behind_the_triggers():
    alder, birch, cedar = Organisation.objects.bulk_create(three())
    behind_the_triggers(f"UPDATE accounts_organisation SET name = 'Alder & Co' WHERE id = {alder.pk}")
    behind_the_triggers(f"DELETE FROM accounts_organisation WHERE id = {birch.pk}")
    behind_the_triggers(f"INSERT INTO accounts_organisation (id, code, name) VALUES ({cedar.pk + 1}, 'dogwood', 'D')")

    assert history_gaps(Organisation) == HistoryGaps(rows=3, unrecorded=(alder.pk, cedar.pk + 1), ghosts=(birch.pk,))
    behind_the_triggers("DELETE FROM accounts_organisation; DELETE FROM accounts_historicalorganisation")


def test_a_row_that_came_back_after_its_end_needs_a_history_of_its_own():
    one = Organisation.objects.create(code="alder", name="Alder")
    Organisation.objects.all().delete()
    behind_the_triggers(f"INSERT INTO accounts_organisation (id, code, name) VALUES ({one.pk}, 'alder', 'Alder')")

    assert history_gaps(Organisation) == HistoryGaps(rows=1, unrecorded=(one.pk,), ghosts=())
    behind_the_triggers("DELETE FROM accounts_organisation")  # as the check after every test finds gaps too


# --- Tables that only grow ---------------------------------------------------------------------------------------


def refused(sql: str) -> str:
    """What the trigger tells even the owner of the table; the program's roles do not get as far as that."""
    with connection.as_owner(), pytest.raises(DatabaseError) as caught, transaction.atomic():
        execute(sql)
    assert isinstance(caught.value.__cause__, psycopg.errors.RaiseException)
    return str(caught.value).splitlines()[0]


@pytest.mark.parametrize("model", append_only_models(), ids=lambda model: model._meta.label)
@pytest.mark.parametrize(
    ("verb", "sql"),
    [
        ("UPDATE", "UPDATE {table} SET {key} = {key}"),
        ("DELETE", "DELETE FROM {table}"),
        ("TRUNCATE", "TRUNCATE {table} CASCADE"),
    ],
)
def test_a_table_that_only_grows_refuses_change_even_when_told_to_look_away(model, verb, sql):
    """The empty table refuses too: the guard judges the statement, not the rows."""
    table, key = model._meta.db_table, model._meta.pk.column
    statement = sql.format(table=f'"{table}"', key=f'"{key}"')

    assert refused(statement) == f"{table} only grows: {verb} is refused"
    with pgtrigger.ignore():
        assert refused(statement) == f"{table} only grows: {verb} is refused"


def test_the_access_log_refuses_the_orm_too():
    entry = AccessEntry.objects.create(verb=AccessVerb.VIEW, what="Member page")

    for change in (
        lambda: AccessEntry.objects.update(what="Nothing"),
        lambda: AccessEntry.objects.filter(what="").delete(),
        lambda: AccessEntry.objects.all().delete(),
        entry.delete,
        entry.save,
        lambda: AccessEntry.objects.bulk_update([entry], ["what"]),
    ):
        with pytest.raises(DatabaseError, match=r"only grows"), transaction.atomic():
            change()

    assert list(AccessEntry.objects.values_list("what", flat=True)) == ["Member page"]


@pytest.mark.parametrize("model", audited_models(), ids=lambda model: model._meta.label)
def test_an_audited_table_cannot_be_emptied_behind_its_history(model):
    table = model._meta.db_table

    assert refused(f'TRUNCATE "{table}" CASCADE').endswith("TRUNCATE is refused")


def test_history_itself_only_grows():
    assert set(history_models()) == {model.history.model for model in audited_models()}
    assert set(history_models()) <= set(append_only_models())
