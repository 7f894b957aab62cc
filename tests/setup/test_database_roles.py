"""As whom the program works on its database: rights enough for its work, none over what guards it."""

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import AccessEntry, AccessVerb, Organisation
from blended_pilot.kernel import scope
from blended_pilot.kernel.audit import append_only_models, audited_models, history_models
from blended_pilot.kernel.postgresql.logins import role_names

pytestmark = pytest.mark.django_db
OF_PROGRAM = pytest.mark.parametrize("whose", [scope.NOBODY, scope.SYSTEM], ids=["for a person", "as the system"])


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def refusal(sql: str) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        execute(sql)
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege), caught.value
    return str(caught.value).splitlines()[0]


def allowed(sql: str) -> None:
    """The same statement by the owner: what was refused was refused to the role, not for a fault of the statement."""
    with connection.as_owner(), transaction.atomic():
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute(sql)
        transaction.set_rollback(True)


def who() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def test_the_program_works_under_roles_of_its_own():
    names = role_names(connection.settings_dict)

    with scope.acting(scope.NOBODY):
        assert who() == names.app
    with scope.acting(scope.SYSTEM):
        assert who() == names.system
    assert who() == names.system  # the suite's own code
    with connection.as_owner():
        assert who() == connection.settings_dict["USER"]


def test_a_role_is_taken_anew_after_a_rollback_took_it_back():
    """Inside one transaction, because the server forgets what it was told when the savepoint goes."""
    names = role_names(connection.settings_dict)
    with scope.acting(scope.SYSTEM), transaction.atomic(), scope.acting(scope.NOBODY):
        assert who() == names.app
        transaction.set_rollback(True)

    with scope.acting(scope.NOBODY):
        assert who() == names.app


def test_no_role_of_the_program_is_more_than_it_must_be():
    names = role_names(connection.settings_dict)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND NOT (rolsuper OR rolcreatedb OR rolcreaterole
                                                                             OR rolbypassrls OR rolreplication)""",
            [[names.app, names.system, names.reader]],
        )
        plain = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = ANY(%s)", [sorted(plain)])
        owned = cursor.fetchone()

    assert plain == {names.app, names.system, names.reader}
    assert owned == (0,)


@OF_PROGRAM
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER {trigger} ON {table}",
        "ALTER TABLE {table} DISABLE TRIGGER USER",
        "ALTER TABLE {table} DISABLE TRIGGER {trigger}",
        "CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION {trigger}() CASCADE",
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} DROP COLUMN what",
        "DROP TABLE {table} CASCADE",
        "CREATE TABLE mine (id int)",
        "CREATE RULE quiet AS ON DELETE TO {table} DO INSTEAD NOTHING",
    ],
)
def test_the_program_cannot_put_a_guard_aside(whose, statement):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts_accessentry'::regclass AND NOT tgisinternal"
        )
        [(trigger,)] = cursor.fetchall()
    statement = statement.format(trigger=trigger, table="accounts_accessentry")

    with scope.acting(whose):
        assert "permission denied" in refusal(statement) or "must be owner" in refusal(statement)
    allowed(statement)


@OF_PROGRAM
def test_the_program_cannot_switch_triggers_off_for_its_session(whose):
    with scope.acting(whose):
        assert "permission denied" in refusal("SET session_replication_role = replica")
    allowed("SET LOCAL session_replication_role = replica")


@OF_PROGRAM
def test_the_program_empties_no_table(whose):
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed:
            with scope.acting(whose):
                assert "permission denied" in refusal(f'TRUNCATE "{model._meta.db_table}" CASCADE')


@OF_PROGRAM
def test_the_program_changes_nothing_that_only_grows(whose):
    """By the trigger that it cannot put aside; the owner is refused likewise (tests/kernel/test_audit.py)."""
    growing = set(append_only_models()) - set(history_models())
    assert growing
    with scope.acting(whose):
        for model in growing:
            table, key = f'"{model._meta.db_table}"', f'"{model._meta.pk.column}"'
            for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}"):
                with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
                    execute(statement)


@OF_PROGRAM
def test_the_program_writes_no_history(whose):
    """Its triggers do, with the owner's rights: the program cannot invent a past either."""
    assert set(history_models()) == {model.history.model for model in audited_models()}
    with scope.acting(whose):
        for model in history_models():
            table, key = f'"{model._meta.db_table}"', f'"{model._meta.pk.column}"'
            assert "permission denied" in refusal(f"UPDATE {table} SET {key} = {key}")
            assert "permission denied" in refusal(f"DELETE FROM {table}")
            assert "permission denied" in refusal(f"INSERT INTO {table} SELECT * FROM {table}")


def test_history_is_written_for_a_program_that_may_not_write_it():
    Organisation.objects.create(code="alder", name="Alder")

    assert list(Organisation.history.values_list("history_type", "name")) == [("+", "Alder")]


def test_a_reader_reads_and_writes_nothing():
    AccessEntry.objects.create(verb=AccessVerb.VIEW, what="Member page")
    reads = f'SET LOCAL ROLE "{role_names(connection.settings_dict).reader}"; '
    with connection.as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"{reads} SELECT what, (SELECT count(email) FROM accounts_user) FROM accounts_accessentry")
            cursor.nextset()
            assert [what for what, _ in cursor.fetchall()] == ["Member page"]
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed:
                table, key = f'"{model._meta.db_table}"', f'"{model._meta.pk.column}"'
                for write in (
                    f"INSERT INTO {table} DEFAULT VALUES",
                    f"UPDATE {table} SET {key} = {key}",
                    f"DELETE FROM {table}",
                ):
                    assert "permission denied" in refusal(reads + write)
        for secret in ("password FROM accounts_user", "digest FROM accounts_personaltoken", "* FROM django_session"):
            assert "permission denied" in refusal(f"{reads} SELECT {secret}")


def test_the_roles_can_be_made_again_and_take_back_what_was_given_by_hand(capsys):
    names = role_names(connection.settings_dict)
    with connection.as_owner():
        execute(f'GRANT TRUNCATE ON accounts_accessentry TO "{names.app}"')
        execute(f'GRANT INSERT ON accounts_historicaluser TO "{names.app}"')
    call_command("database_roles", "--json")

    assert names.app in capsys.readouterr().out
    with scope.acting(scope.NOBODY):
        assert "permission denied" in refusal("TRUNCATE accounts_accessentry CASCADE")
        assert "permission denied" in refusal("INSERT INTO accounts_historicaluser DEFAULT VALUES")
