from django.apps import AppConfig

from contracts.rules import capabilities


class VarianceConfig(AppConfig):
    name = "variance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        capabilities.declare(components=("baseline", "activity"), gates=("activity_verified", "caseload_reviewed"))
