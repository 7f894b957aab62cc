from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "blended_pilot.health"
