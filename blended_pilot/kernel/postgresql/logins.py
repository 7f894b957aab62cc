"""What the roles and logins of a database are called. Read by the backend, so without models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import environ
from django.conf import settings

LONGEST_NAME = 63


@dataclass(frozen=True)
class RoleNames:
    """`app` and `system` are what the program's login becomes; `reader` is for reports and people with a question."""

    app: str
    system: str
    reader: str


def role_names(database: Mapping[str, Any]) -> RoleNames:
    """By the setting DATABASE_ROLES, else by the database's name: installations on one server do not share them."""
    room = LONGEST_NAME - len("_system")
    return RoleNames(*(f"{role_prefix(database)[:room]}_{kind}" for kind in ("app", "system", "reader")))


def role_prefix(database: Mapping[str, Any]) -> str:
    prefix: str = settings.DATABASE_ROLES or database["NAME"]
    return prefix


def login_of(url: str) -> dict[str, Any]:
    """What a URL says about the login, as psycopg's arguments."""
    given = environ.Env.db_url_config(url)
    wanted = {"user": given["USER"], "password": given["PASSWORD"], "host": given["HOST"], "port": given["PORT"]}
    return {name: value for name, value in wanted.items() if value}
