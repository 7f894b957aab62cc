"""manage.py person add|role|deactivate: people and their roles, from the command line."""

import argparse
import sys
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.operations import people, roles
from accounts.queries.people import organisation, person, system_user
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from blended_pilot.kernel.periods import DAY


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as YYYY-MM-DD.") from None


class Command(ProductCommand):
    help = "Add people, give and end their roles, deactivate them."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|role|deactivate")

        add = verbs.add_parser("add", help="an account with a role")
        self._common(add)
        add.add_argument("--name", required=True)
        self._role(add)
        add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        add.add_argument("--reason", default="")

        role = verbs.add_parser("role", help="give, change or end a role")
        self._common(role)
        self._role(role)
        role.add_argument("--remove", action="store_true", help="end the role as of today")
        self._reason(role)

        deactivate = verbs.add_parser("deactivate", help="close the account; it stays in every history")
        self._common(deactivate)
        self._reason(deactivate)

    def _common(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--by", metavar="USER", help="act as this person instead of the system user")
        # also accepted after the verb; without a default, so that it does not undo the one before it
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")

    def _reason(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--reason", default=_("from the command line"), help="why; kept in the history")

    def _role(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--organisation", required=True, metavar="CODE", help="as contracts name it")
        parser.add_argument("--from", dest="first", type=_day, help="first day; by default today")
        parser.add_argument("--to", dest="last", type=_day, help="last day; by default open")

    def perform(self, **options: Any) -> dict[str, Any]:
        actor = person(options["by"]) if options["by"] else system_user()
        return {"add": self._add, "role": self._give, "deactivate": self._deactivate}[options["verb"]](actor, options)

    def _add(self, actor: Any, options: dict[str, Any]) -> dict[str, Any]:
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        where = organisation(options["organisation"])
        user, changed = people.add(
            actor=actor,
            now=timezone.now(),
            email=options["email"],
            name=options["name"],
            password=password,
            organisation=where,
            reason=options["reason"],
            **self._wish(options),
        )
        return self._answer("added" if changed else "unchanged", user, options)

    def _give(self, actor: Any, options: dict[str, Any]) -> dict[str, Any]:
        wish = self._wish(options)
        where = organisation(options["organisation"])
        user = person(options["email"])
        now = timezone.now()
        if options["remove"]:
            if options["first"] or options["last"]:
                raise Unusable(_("--remove ends the role today; it goes with neither --from nor --to."))
            ended = roles.remove(
                actor=actor, now=now, user=user, role=wish["role"], organisation=where, reason=options["reason"]
            )
            return self._answer("removed" if ended else "unchanged", user, options)
        _membership, changed = roles.give(
            actor=actor, now=now, user=user, organisation=where, reason=options["reason"], **wish
        )
        return self._answer("given" if changed else "unchanged", user, options)

    def _deactivate(self, actor: Any, options: dict[str, Any]) -> dict[str, Any]:
        user = person(options["email"], deactivated_too=True)
        changed = people.deactivate(actor=actor, now=timezone.now(), user_id=user.pk, reason=options["reason"])
        return {"email": user.email, "name": user.name, "result": "deactivated" if changed else "unchanged"}

    def _wish(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["role"] not in Role.values:
            raise Unusable(
                _("There is no role %(role)s.") % {"role": options["role"]},
                [_("Roles: %(known)s.") % {"known": ", ".join(Role.values)}],
            )
        last = options["last"]
        return {
            "role": options["role"],
            "starts_on": options["first"],
            "ends_before": last + DAY if last else None,
        }

    def _answer(self, result: str, user: Any, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "email": user.email,
            "name": user.name,
            "role": options["role"],
            "organisation": options["organisation"],
            "result": result,
        }
