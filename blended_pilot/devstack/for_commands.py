"""Gives every management command the servers that it needs, before Django reads its settings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import django
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from blended_pilot.devstack import servers
from blended_pilot.devstack.locks import held
from blended_pilot.environment import environment, home

WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "version",
    "--version",  # the program's own only in first place: `contract sign` has an option of that name
}
OF_MIGRATION = {"makemigrations", "migrate", "showmigrations", "sqlmigrate"}
DEMO = "demo"
ASKS_FOR_HELP = {"-h", "--help"}


@contextmanager
def servers_for(arguments: Sequence[str]) -> Iterator[None]:
    """For the block, the servers that the command in `arguments` (without the program's name) works on.

    Embedded ones where no URL is given, and then with every migration applied; the demo migrates servers that are
    given as well. Raises Unavailable.
    """
    if environment() == "production" or not _needs_servers(arguments):
        yield
        return
    with servers(home()) as embedded:
        ours = "DATABASE_URL" in embedded or arguments[0] == DEMO
        if ours and arguments[0] not in OF_MIGRATION:
            django.setup()
            _migrate()
        try:
            yield
        finally:
            connections.close_all()


def _needs_servers(arguments: Sequence[str]) -> bool:
    return (
        bool(arguments)
        and not ASKS_FOR_HELP.intersection(arguments)
        and (arguments[0] not in WITHOUT_SERVERS or "--database" in arguments)
    )


def _migrate() -> None:
    """Every command looks, not only the one that started the servers: the code may be newer than what they hold."""
    home().mkdir(parents=True, exist_ok=True)
    with held(home() / "migrating"):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
