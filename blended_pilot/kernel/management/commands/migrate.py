from typing import Any

from django.core.management.commands import migrate
from django.db import ProgrammingError, connections
from django.utils.translation import gettext as _

from blended_pilot.kernel.roles import establish

ONLY_LOOKS = ("plan", "check_unapplied")


class Command(migrate.Command):
    """As Django's, by the owner of the tables; afterwards the program's roles get their rights on what is new."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.as_owner():  # type: ignore[attr-defined]
            super().handle(*args, **options)
            if any(options.get(name) for name in ONLY_LOOKS):
                return
            try:
                establish(connection)
            except ProgrammingError as error:
                self.stderr.write(
                    _("The program goes on as the owner of its tables, because it may not make roles: %(why)s")
                    % {"why": str(error).splitlines()[0]}
                )
