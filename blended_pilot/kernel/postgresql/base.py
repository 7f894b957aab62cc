"""Django's PostgreSQL backend, and before every statement the database knows for whom it is.

The role and what the policies read are settings of the session: reads outside a transaction need them too. So that no
value outlives its use, the connection remembers what it told last, tells again when the scope is another one, and
forgets what it told whenever the server may have: after a rollback and on a new connection.
"""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from blended_pilot.kernel.postgresql.logins import login_of, role_names
from blended_pilot.kernel.scope import OWNER, Acts, Scope, acting, current

TELL = "SELECT set_config('role', %s, false), set_config('app.sides', %s, false)"
ROLES_OF_LOGIN = """SELECT rolname FROM pg_roles
                     WHERE rolname = ANY(%s) AND pg_has_role(session_user, oid, 'MEMBER')"""
NO_ROLE = "none"


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: Scope | None = None
        self._roles: frozenset[str] | None = None
        self.execute_wrappers.append(self._execute_in_scope)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if current() == OWNER and settings.DATABASE_OWNER_URL:
            params |= login_of(settings.DATABASE_OWNER_URL)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._told = self._roles = None
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        self._tell()  # COPY goes past `execute`
        return super().create_cursor(name)

    def _rollback(self) -> Any:
        self._told = None
        return super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None

    def _execute_in_scope(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self._tell()
        return execute(sql, params, many, context)

    def _tell(self) -> None:
        scope = current()
        if scope == self._told or self.connection is None or self.settings_dict["NAME"] is None:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # nothing but a rollback is possible now
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(TELL, [self._role_for(scope, cursor), scope.sides])
        self._told = scope

    def _role_for(self, scope: Scope, cursor: Any) -> str:
        """The role to take: the login's own rights where `migrate` has not made the roles."""
        if scope.acts == Acts.OWNER:
            return NO_ROLE
        names = role_names(self.settings_dict)
        if not self._roles:
            cursor.execute(ROLES_OF_LOGIN, [[names.app, names.system]])
            self._roles = frozenset(name for (name,) in cursor.fetchall())
        role = names.app if scope.acts == Acts.APPLICATION else names.system
        return role if role in self._roles else NO_ROLE

    @contextmanager
    def as_owner(self) -> Any:
        """For the block, act as the owner of the tables: log in anew where DATABASE_OWNER_URL is another login."""
        other_login = bool(settings.DATABASE_OWNER_URL) and current() != OWNER
        if other_login:
            self.close()
        with acting(OWNER):
            try:
                yield
            finally:
                if other_login:
                    self.close()
                self._roles = None
