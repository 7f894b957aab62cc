from django.urls import path

from baseline.views import activity

app_name = "baseline"
urlpatterns = [
    path("", activity.records, name="activities"),
    path("member/<int:pk>/", activity.of_member, name="of_member"),
    path("<int:pk>/", activity.record, name="activity"),
]
