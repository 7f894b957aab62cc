from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "blended_pilot.backup"
