"""Every address of the program, by stage."""

from django.urls import include, path

handler403 = "accounts.views.entrance.forbidden"
handler404 = "accounts.views.entrance.not_found"
handler500 = "accounts.views.entrance.failed"

urlpatterns = [
    path("sign-in/", include("allauth.urls")),
    path("health/", include("blended_pilot.health.urls")),
    path("", include("accounts.urls")),
]
