from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A view without a door fails `manage.py check`, and so every start.
        import_module("accounts.checks")
        # Each stage says in its `shell` module what it adds to the navigation, the home page, search and help.
        autodiscover_modules("shell")
