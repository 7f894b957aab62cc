from django.apps import AppConfig


class VarianceConfig(AppConfig):
    name = "variance"
    default_auto_field = "django.db.models.BigAutoField"
