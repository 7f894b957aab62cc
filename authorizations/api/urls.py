from django.urls import path

from authorizations.api import second_looks

app_name = "authorizations_api"
urlpatterns = [
    path("contracts/<code>/decisions-in-figures/", second_looks.Standing.as_view(), name="standing"),
    path("second-looks/", second_looks.SecondLooks.as_view(), name="second_looks"),
    path("second-looks/<int:pk>/", second_looks.OneSecondLook.as_view(), name="second_look"),
]
