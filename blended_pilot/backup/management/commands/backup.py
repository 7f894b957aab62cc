from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from blended_pilot.backup.making import make
from blended_pilot.kernel.commands import ProductCommand


class Command(ProductCommand):
    help = "Write database and uploaded files of one moment into one new file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a folder, or the file to write")

    def perform(self, **options: Any) -> dict[str, Any]:
        file, manifest = make(out=options["out"], now=timezone.now())
        return {
            "file": str(file),
            "bytes": file.stat().st_size,
            "tables": len(manifest.rows),
            "rows": sum(manifest.rows.values()),
            "files": len(manifest.files),
            "sha256": manifest.database.sha256,
        }
