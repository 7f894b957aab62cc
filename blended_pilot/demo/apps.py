from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "blended_pilot.demo"
