from django.urls import path

from authorizations.api import assessments, second_looks

app_name = "authorizations_api"
urlpatterns = [
    path("contracts/<code>/decisions-in-figures/", second_looks.Standing.as_view(), name="standing"),
    path("second-looks/", second_looks.SecondLooks.as_view(), name="second_looks"),
    path("second-looks/<int:pk>/", second_looks.OneSecondLook.as_view(), name="second_look"),
    path("assessments/", assessments.Assessments.as_view(), name="assessments"),
    path("assessments/<int:pk>/", assessments.OneAssessment.as_view(), name="assessment"),
    path("assessments/<int:pk>/supersede/", assessments.Supersede.as_view(), name="supersede"),
]
