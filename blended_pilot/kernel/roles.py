"""The database roles: who owns the tables, and as whom the program works on them.

The owner runs migrations and owns tables, triggers and policies. The program works as `…_app` for people (row security
lets through what each may see) and as `…_system` for operations, jobs and commands (every row). Neither owns anything:
they cannot change a table, put a guard aside, empty a table, or write history. `…_reader` reads, without secrets.

Roles belong to the whole server, grants to one database: `establish` makes both, again after every migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from psycopg import sql

from blended_pilot.kernel.audit import history_models
from blended_pilot.kernel.postgresql.logins import RoleNames, role_names
from blended_pilot.kernel.row_security import row_security_of

LOCK = 7_204_315_001  # one `establish` at a time in a database
MIGRATIONS = "django_migrations"
SYSTEM_POLICY = "system_sees_every_row"
POLICIES = 2  # of a guarded table: a person's and the system's
EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
# only an owner may have the database look at a table, and the program owns none
LOOK_AT = """
CREATE OR REPLACE FUNCTION look_at_tables(VARIADIC names regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        name regclass;
    BEGIN
        FOREACH name IN ARRAY names LOOP
            EXECUTE format('ANALYZE %s', name);
        END LOOP;
    END $$;
REVOKE ALL ON FUNCTION look_at_tables(regclass[]) FROM PUBLIC"""


def establish(connection: Any) -> RoleNames:
    """Make the roles and their grants what they should be; the connection acts as the owner. May be done again.

    Raises ProgrammingError where the owner may not make roles.
    """
    names = role_names(connection.settings_dict)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for name in (names.app, names.system, names.reader):
            _make(cursor, name)
        _let_logins_in(connection, cursor, names)
        _grant(connection, cursor, names)
        _open_to_system(cursor, names)
        cursor.execute(LOOK_AT)
        _run(cursor, "GRANT EXECUTE ON FUNCTION look_at_tables(regclass[]) TO {system}", system=names.system)
    return names


@dataclass(frozen=True)
class Findings:
    """What is wrong with roles, rights and row security, a sentence each, and how many tables are guarded."""

    guarded: int
    sentences: tuple[str, ...]


def faults(connection: Any) -> Findings:
    """Compare what stands in the database with what `establish` and the models say."""
    names = role_names(connection.settings_dict)
    sentences = []
    with connection.cursor() as cursor:
        for role in (names.app, names.system, names.reader):
            if not _exists(cursor, role):
                sentences.append(_("There is no role %(role)s.") % {"role": role})
                continue
            cursor.execute(
                """SELECT c.relname FROM pg_class c, pg_roles r
                    WHERE r.rolname = %s AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                      AND (c.relowner = r.oid OR r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
                           OR has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER, REFERENCES'))""",
                [role],
            )
            sentences += [
                _("%(role)s has more than its rights on %(table)s.") % {"role": role, "table": table}
                for (table,) in cursor.fetchall()
            ]
        cursor.execute(
            """SELECT c.relname, count(p.oid) FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
                WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace GROUP BY 1"""
        )
        policies = dict(cursor.fetchall())
    guarded = [model._meta.db_table for model in apps.get_models() if row_security_of(model) is not None]
    sentences += [
        _("%(table)s is without row security.") % {"table": table}
        for table in guarded
        if policies.get(table) != POLICIES
    ]
    return Findings(len(guarded), tuple(sentences))


def _exists(cursor: Any, role: str) -> bool:
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
    return cursor.fetchone() is not None


def _make(cursor: Any, role: str, attributes: str = "NOLOGIN") -> None:
    if _exists(cursor, role):
        return
    # another database of this server may make it at this very moment
    _run(
        cursor,
        f"""DO $make$ BEGIN
                CREATE ROLE {{role}} {attributes} NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $make$""",
        role=role,
    )


def _let_logins_in(connection: Any, cursor: Any, names: RoleNames) -> None:
    """The login of DATABASE_URL may take the two roles: a superuser may anyway, another is made where it is missing."""
    cursor.execute("SELECT session_user, rolsuper FROM pg_roles WHERE rolname = session_user")
    owner, is_superuser = cursor.fetchone()
    login = connection.settings_dict["USER"] or owner
    if login == owner and is_superuser:
        return
    if not _exists(cursor, login):
        _make(cursor, login, "LOGIN")
        password = connection.settings_dict["PASSWORD"]
        if password:
            # hashed here: a statement may be logged
            hashed = connection.connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
            cursor.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(hashed.decode()))
            )
    for role in (names.app, names.system):
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [login, role])
        if not cursor.fetchone()[0]:
            _run(cursor, "GRANT {role} TO {login}", role=role, login=login)
    _run(cursor, "GRANT CONNECT ON DATABASE {database} TO {login}", database=_database(cursor), login=login)


def _grant(connection: Any, cursor: Any, names: RoleNames) -> None:
    ours = sql.SQL(", ").join(map(sql.Identifier, (names.app, names.system)))
    everybody = sql.SQL(", ").join(map(sql.Identifier, (names.app, names.system, names.reader)))
    known = {"ours": ours, "everybody": everybody, "reader": sql.Identifier(names.reader)}
    statements = [
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {everybody}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {everybody}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ours}",
    ]
    for statement in statements:
        _run(cursor, statement, database=_database(cursor), **known)
    there = set(connection.introspection.table_names(cursor))
    for table, rights in _rights().items():
        if table in there:
            _run(cursor, "REVOKE ALL ON {table} FROM {everybody}", table=table, **known)
            _run(cursor, f"GRANT {', '.join(rights)} ON {{table}} TO {{ours}}", table=table, **known)
            columns = _columns_for_readers(connection, cursor, table)
            if columns is not None:
                _run(cursor, "GRANT SELECT {columns} ON {table} TO {reader}", table=table, columns=columns, **known)


def _open_to_system(cursor: Any, names: RoleNames) -> None:
    """The planner leaves out a policy that is true: jobs and commands pay nothing for row security.

    Not a part of migrations, because it names roles. Only where it is missing: it needs the table for itself.
    """
    cursor.execute(
        """SELECT c.relname, p.polname IS NOT NULL FROM pg_class c LEFT JOIN pg_policy p
               ON p.polrelid = c.oid AND p.polname = %s
              AND p.polroles @> ARRAY[to_regrole(%s)::oid, to_regrole(%s)::oid]
            WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace ORDER BY 1""",
        [SYSTEM_POLICY, f'"{names.system}"', f'"{names.reader}"'],
    )
    for table, stands in cursor.fetchall():
        if not stands:
            known = {"policy": SYSTEM_POLICY, "table": table, "system": names.system, "reader": names.reader}
            _run(cursor, "DROP POLICY IF EXISTS {policy} ON {table}", **known)
            _run(cursor, "CREATE POLICY {policy} ON {table} TO {system}, {reader} USING (true)", **known)


def _rights() -> dict[str, Sequence[str]]:
    """Table → what the program may do with it."""
    rights: dict[str, Sequence[str]] = {MIGRATIONS: ("SELECT",)}
    history = set(history_models())
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            # history is written by its triggers, with the owner's rights; what only grows has one that says why not
            rights[model._meta.db_table] = ("SELECT",) if model in history else EVERYTHING
    return rights


def _columns_for_readers(connection: Any, cursor: Any, table: str) -> sql.Composable | None:
    """Nothing to be added for a table without secrets; the columns without them; None for a table that is one."""
    if table not in settings.SECRET_COLUMNS:
        return sql.SQL("")
    kept_back = settings.SECRET_COLUMNS[table]
    if not kept_back:
        return None
    described = connection.introspection.get_table_description(cursor, table)
    shown = [sql.Identifier(column.name) for column in described if column.name not in kept_back]
    return sql.SQL("({})").format(sql.SQL(", ").join(shown))


def _database(cursor: Any) -> str:
    cursor.execute("SELECT current_database()")
    name: str = cursor.fetchone()[0]
    return name


def _run(cursor: Any, statement: str, **names: Any) -> None:
    quoted = {name: sql.Identifier(value) if isinstance(value, str) else value for name, value in names.items()}
    cursor.execute(sql.SQL(statement).format(**quoted))
