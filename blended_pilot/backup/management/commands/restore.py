from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from blended_pilot.backup.drill import drill
from blended_pilot.backup.restoring import restore
from blended_pilot.kernel.commands import ProductCommand

FAILED = 1


class Command(ProductCommand):
    help = (
        "Put a backup back, or (--drill) show that it would come back; exit status 1 if something of it does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--replace", action="store_true", help="over what is in the database and among the files")
        how.add_argument(
            "--drill", action="store_true", help="into a database beside it, which is looked at and removed"
        )

    def perform(self, **options: Any) -> dict[str, Any]:
        if not options["drill"]:
            manifest = restore(file=options["file"], replace=options["replace"])
            return {"made_at": manifest.made_at, "rows": sum(manifest.rows.values()), "files": len(manifest.files)}
        manifest, found = drill(file=options["file"])
        return {
            "made_at": manifest.made_at,
            "holds": not any(shown.faults for shown in found),
            "drill": [{"what": str(each.what), **each.figures, "faults": each.faults} for each in found],
        }

    def exit_status(self, answer: dict[str, Any]) -> int:
        return 0 if answer.get("holds", True) else FAILED

    def prose(self, answer: dict[str, Any]) -> str:
        if "drill" not in answer:
            return super().prose(answer)
        lines = [_("Backup of %(when)s, restored beside and looked at:") % {"when": answer["made_at"]}]
        for each in answer["drill"]:
            told = ", ".join(f"{value} {name}" for name, value in each.items() if name not in {"what", "faults"})
            lines.append(f"{_('FAILS') if each['faults'] else _('holds')}  {each['what']}  {told}".rstrip())
            lines += [f"         {fault}" for fault in each["faults"]]
        return "\n".join(lines)
