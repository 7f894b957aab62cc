"""The second wall: which rows of a table the database gives to a person, declared on the model.

`RowSecurity` stands among a model's constraints, and migrations follow from it. It names an action of the policy and
the way from a row to the two sides of a contract, so that it says the same as the model's `visible_to`; a generated
test compares both. The model's history is guarded alike.

The policies read the setting `app.sides` (`blended_pilot.kernel.scope`), through two functions that are made with every
policy, because no migration could stand before all of those that need them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models.query import ModelIterable

from blended_pilot.kernel.scope import SYSTEM, acting

PROVIDER, COMMISSIONER = 0, 1
PERSON = "person"  # in the place of an action: whose scope it is
ORGANISATIONS = "row_security_organisations"
CONTRACTS = "contracts_contract"  # by convention: the kernel does not know the stage that owns it

# evaluated once a statement, because the policies ask in sub-selects that do not depend on the row
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION row_security_organisations(action text, side int) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    BEGIN
        RETURN ARRAY(SELECT jsonb_array_elements_text(
            NULLIF(current_setting('app.sides', true), '')::jsonb -> action -> side)::bigint);
    END $$;
CREATE OR REPLACE FUNCTION row_security_contracts(action text, side int) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        organisations bigint[] := row_security_organisations(action, side);
    BEGIN
        RETURN ARRAY(SELECT id FROM {CONTRACTS} WHERE
            (CASE side WHEN {PROVIDER} THEN provider_id ELSE commissioner_id END) = ANY(organisations));
    END $$;
CREATE OR REPLACE FUNCTION row_security_providers(action text) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        organisations bigint[] := row_security_organisations(action, {COMMISSIONER});
    BEGIN
        RETURN ARRAY(SELECT DISTINCT provider_id FROM {CONTRACTS} WHERE commissioner_id = ANY(organisations));
    END $$;
"""


class RowSecurity(models.BaseConstraint):
    """A person sees a row where one of these holds; with none of them, nobody does.

    `action` is asked for at the provider's organisation by the column that `provider` names (`organisation`, or
    `contract` for the contract's provider; `id` for a contract itself), and at the commissioner's likewise. A
    commissioner with `commissioner="staff"` sees what belongs to the organisation of any of its providers.
    `commissioner_if` narrows the commissioner's side in SQL about the row (`{table}`), or opens it where `commissioner`
    says nothing. `within` names a foreign key: who sees that row, sees this one. `own` names one to a user, who sees
    what is theirs.
    """

    def __init__(
        self,
        *,
        name: str,
        action: str = "",
        provider: str = "",
        commissioner: str = "",
        commissioner_if: str = "",
        within: str = "",
        own: str = "",
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )
        self.action, self.provider, self.commissioner = action, provider, commissioner
        self.commissioner_if, self.within, self.own = commissioner_if, within, own

    def _arguments(self) -> dict[str, str]:
        given = {
            "action": self.action,
            "provider": self.provider,
            "commissioner": self.commissioner,
            "commissioner_if": self.commissioner_if,
            "within": self.within,
            "own": self.own,
        }
        return {name: value for name, value in given.items() if value}

    def of_history(self) -> "RowSecurity":
        """The same for the table that keeps the model's past: it has the same columns."""
        return RowSecurity(name=f"{self.name}_past", **self._arguments())

    def condition(self, model: Any, quote: Any) -> str:
        """What must hold of a row, in SQL."""
        table = quote(model._meta.db_table)
        of_commissioner = []
        if self.commissioner:
            of_commissioner.append(self._held_at(self.commissioner, COMMISSIONER, quote))
        if self.commissioner_if:
            of_commissioner.append(self.commissioner_if.format(table=table))
        ways = [self._held_at(self.provider, PROVIDER, quote)] if self.provider else []
        if of_commissioner:
            ways.append(f"({' AND '.join(of_commissioner)})")
        if self.within:
            field = model._meta.get_field(self.within)
            parent = quote(field.remote_field.model._meta.db_table)
            ways.append(f"{quote(field.column)} IN (SELECT id FROM {parent})")
        if self.own:
            ways.append(f"{quote(f'{self.own}_id')} = ANY ((SELECT {ORGANISATIONS}('{PERSON}', 0))::bigint[])")
        return " OR ".join(ways)

    def _held_at(self, path: str, side: int, quote: Any) -> str:
        if path == "staff":
            asked, column = f"row_security_providers('{self.action}')", "organisation_id"
        elif path == "organisation":
            asked, column = f"{ORGANISATIONS}('{self.action}', {side})", "organisation_id"
        else:
            asked = f"row_security_contracts('{self.action}', {side})"
            column = "id" if path == "id" else f"{path}_id"
        return f"{quote(column)} = ANY ((SELECT {asked})::bigint[])"

    def constraint_sql(self, model: Any, schema_editor: Any) -> None:  # type: ignore[override]  # nothing in CREATE TABLE
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        table = quote(model._meta.db_table)
        return f"""{FUNCTIONS}
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY {quote(self.name)} ON {table} USING ({self.condition(model, quote)})"""

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        table = quote(model._meta.db_table)
        return f"DROP POLICY {quote(self.name)} ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"

    def check(self, model: Any, connection: Any) -> list[checks.CheckMessage]:
        """`kernel.E001` where it names a field that the model does not have: found before a migration fails."""
        named = {self.within, self.own, *({self.provider, self.commissioner} - {"staff"})} - {""}
        missing = sorted(named - {field.name for field in model._meta.get_fields()})
        told = f"{self.name} names {', '.join(missing)}, which the table does not have."
        return [checks.Error(told, obj=model, id="kernel.E001")] if missing else []

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """It says who sees a row, not which rows there may be."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, **self._arguments()}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RowSecurity):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = models.BaseConstraint.__hash__


class GuardTables(Operation):
    """Adds the guards of many models at once (`[(model name, RowSecurity), …]`): the same as as many AddConstraint.

    Each of those makes Django build all models of all apps anew, which a guard does not need: no column depends on it.
    """

    reversible = True

    def __init__(self, guards: Sequence[tuple[str, RowSecurity]]) -> None:
        self.guards = list(guards)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"guards": self.guards}

    def state_forwards(self, app_label: str, state: Any) -> None:
        for name, guard in self.guards:
            options = state.models[app_label, name].options
            options["constraints"] = [*options.get("constraints", []), guard]

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name, guard in self.guards:
            schema_editor.add_constraint(to_state.apps.get_model(app_label, name), guard)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name, guard in reversed(self.guards):
            schema_editor.remove_constraint(from_state.apps.get_model(app_label, name), guard)

    def describe(self) -> str:
        return f"Guard the rows of {len(self.guards)} tables"


def of_both_sides(name: str, action: str) -> RowSecurity:
    """What hangs on a contract, for whoever may do `action` on either side of it."""
    return RowSecurity(name=name, action=action, provider="contract", commissioner="contract")


class _BeyondTheReader(ModelIterable):  # type: ignore[type-arg]  # no class of the library takes one when it runs
    def __iter__(self) -> Iterator[Any]:
        with acting(SYSTEM):
            rows = list(super().__iter__())
        yield from rows


def behind(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """`rows` read as the system: for a `Prefetch` of what a visible row tells of a row that is not seen by itself."""
    found = rows.all()
    found._iterable_class = _BeyondTheReader
    return found


def row_security_of(model: type[models.Model]) -> RowSecurity | None:
    """How a model is guarded; None when it is not."""
    return next((each for each in model._meta.constraints if isinstance(each, RowSecurity)), None)


@cache
def guarded_actions() -> frozenset[str]:
    """Every action by which some table is guarded."""
    found = (row_security_of(model) for model in apps.get_models())
    return frozenset(each.action for each in found if each is not None and each.action)
