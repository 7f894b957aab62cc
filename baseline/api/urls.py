from django.urls import path

from baseline.api import activity

app_name = "baseline_api"
urlpatterns = [
    path("activity/", activity.Records.as_view(), name="records"),
    path("activity/<int:pk>/", activity.Record.as_view(), name="record"),
]
