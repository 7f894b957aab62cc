"""The readiness check from a terminal or a container's health check."""

from dataclasses import asdict
from typing import Any

from blended_pilot.health import checks
from blended_pilot.kernel.commands import ProductCommand


class Command(ProductCommand):
    help = "Say whether database, migrations, queue and worker answer; exit status 1 when one does not."

    def perform(self, **options: Any) -> dict[str, Any]:
        findings = checks.ready()
        return {name: asdict(finding) for name, finding in findings.items()}

    def prose(self, answer: dict[str, Any]) -> str:
        lines = (
            f"{name}: {'ok' if found['ok'] else found['sentence']} ({found['milliseconds']} ms)"
            for name, found in answer.items()
        )
        return "\n".join(lines)

    def exit_status(self, answer: dict[str, Any]) -> int:
        return 0 if all(found["ok"] for found in answer.values()) else 1
