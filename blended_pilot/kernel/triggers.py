"""The triggers that keep history and refuse change, as SQL that no session setting can switch off.

pgtrigger's own template lets any session skip a trigger by a setting (`pgtrigger.ignore`). A guard that the guarded can
put aside is none, so these are installed without that clause; only the owner of the tables can disable them.
"""

from collections.abc import Sequence
from typing import Any

import pgtrigger
from pgtrigger import compiler


def listed(row: str, columns: Sequence[str]) -> str:
    """`row."a", row."b"`"""
    return ", ".join(f'{row}."{column}"' for column in columns)


class GuardSql(compiler.UpsertTriggerSql):
    """Installs one trigger and its function, run with the owner's rights.

    So the application's own database role needs no right to write history. Migrations refer to this class: a changed
    template needs a new class.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Guard(pgtrigger.Trigger):
    """A trigger that cannot be ignored: the base of every trigger here."""

    def compile(self, model: Any) -> compiler.Trigger:
        compiled = super().compile(model)
        return compiler.Trigger(name=compiled.name, sql=GuardSql(**compiled.sql.kwargs))


class HistoryTrigger(Guard):
    """Copies every changed row of one statement into the model's history table.

    An UPDATE that changes none of the columns that history keeps leaves no history row.
    """

    level = pgtrigger.Statement
    when = pgtrigger.After
    _operations = {
        "insert": (pgtrigger.Insert, "+", {"new": "changed"}),
        "update": (pgtrigger.Update, "~", {"new": "changed", "old": "before"}),
        "delete": (pgtrigger.Delete, "-", {"old": "changed"}),
    }

    def __init__(self, verb: str, exclude: Sequence[str] = ()) -> None:
        self._verb = verb
        self._exclude = frozenset(exclude)
        operation, _, transition = self._operations[verb]
        super().__init__(name=f"history_{verb}", operation=operation, referencing=pgtrigger.Referencing(**transition))

    def get_func(self, model: Any) -> str:
        meta = model._meta
        # By convention: a migration's model does not know its history.
        table = f"{meta.app_label}_historical{meta.model_name}"
        columns = [field.column for field in meta.concrete_fields if field.name not in self._exclude]
        into = ", ".join(f'"{column}"' for column in columns)
        values = listed("changed", columns)
        if self._verb != "update":
            return f"""
            {self._copy(table, into, values, "changed")};
            RETURN NULL;"""
        key = meta.pk.column
        # Whole rows where all of it is kept: the planner compares one record faster than many columns.
        was, became = "before", "changed"
        if self._exclude:
            was, became = f"({listed(was, columns)})", f"({listed(became, columns)})"
        source = f'changed JOIN before ON before."{key}" = changed."{key}" WHERE {was} IS DISTINCT FROM {became}'
        # A statement that stands in the function is planned once for the life of a connection, and what was planned
        # for one changed row compares a hundred thousand each with each: so this join is planned anew every time.
        return f"""
            EXECUTE $join$
            {self._copy(table, into, values, source)}
            $join$;
            RETURN NULL;"""

    def _copy(self, table: str, into: str, values: str, source: str) -> str:
        return f"""INSERT INTO "{table}" ({into}, history_date, history_type, history_user_id, history_change_reason,
                                   request_id, transaction_id)
            SELECT {values}, clock_timestamp(), '{self._operations[self._verb][1]}',
                   NULLIF(current_setting('app.user_id', true), '')::bigint,
                   NULLIF(current_setting('app.reason', true), ''),
                   COALESCE(current_setting('app.request_id', true), ''),
                   pg_current_xact_id()::text::bigint
              FROM {source}"""


class OnlyGrows(Guard):
    """Refuses every statement that would change or remove a row, even one that would touch none."""

    name = "only_grows"
    level = pgtrigger.Statement
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate
    func = "RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP;"


class RefuseTruncate(Guard):
    """TRUNCATE fires no row trigger and leaves no history."""

    name = "refuse_truncate"
    level = pgtrigger.Statement
    when = pgtrigger.Before
    operation = pgtrigger.Truncate
    func = "RAISE EXCEPTION '% has a history: % is refused', TG_TABLE_NAME, TG_OP;"
