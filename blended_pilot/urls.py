"""Every address of the program, by stage."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.api.me import Nothing

handler403 = "accounts.views.entrance.forbidden"
handler404 = "accounts.views.entrance.not_found"
handler500 = "accounts.views.entrance.failed"

urlpatterns = [
    # an administrator vouches for addresses: people do not add or change them here
    path("sign-in/email/", RedirectView.as_view(pattern_name="accounts:profile")),
    path("sign-in/", include("allauth.urls")),
    path("jobs/", include("blended_pilot.jobs.urls")),
    path("health/", include("blended_pilot.health.urls")),
    path("", include("blended_pilot.health.urls_metrics")),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("blended_pilot.jobs.api")),
    path("api/v1/", include("contracts.api.urls")),
    path("api/v1/", include("eligibility.api.urls")),
    path("api/v1/", include("baseline.api.urls")),
    path("api/v1/", include("authorizations.api.urls")),
    path("api/v1/", include("variance.api.urls")),
    re_path("^api/", Nothing.as_view()),
    path("", include("accounts.urls")),
    path("", include("contracts.urls")),
    path("", include("eligibility.urls")),
    path("activity/", include("baseline.urls")),
    path("", include("authorizations.urls")),
    path("", include("variance.urls")),
]
