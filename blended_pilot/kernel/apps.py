from django.apps import AppConfig


class KernelConfig(AppConfig):
    """No tables: installed for its template tags."""

    name = "blended_pilot.kernel"
    label = "kernel"
