"""Where Prometheus looks by default, outside the addresses of health."""

from django.urls import path

from blended_pilot.health import views

urlpatterns = [path("metrics", views.metrics, name="metrics")]
