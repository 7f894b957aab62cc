from typing import Any

from django.db import ProgrammingError, connection
from django.utils.translation import gettext as _

from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from blended_pilot.kernel.roles import establish


class Command(ProductCommand):
    help = "Make the program's database roles and their grants what they should be. `migrate` does so as well."

    def perform(self, **options: Any) -> dict[str, Any]:
        with connection.as_owner():  # type: ignore[attr-defined]
            try:
                names = establish(connection)
            except ProgrammingError as error:
                raise Unusable(_("This login may not make roles."), [str(error).splitlines()[0]]) from error
        return {"application": names.app, "system": names.system, "reader": names.reader}
