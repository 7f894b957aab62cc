from django.urls import path

from eligibility.api import members

app_name = "eligibility_api"
urlpatterns = [
    path("members/", members.Members.as_view(), name="members"),
    path("members/<int:pk>/", members.OneMember.as_view(), name="member"),
    path("members/<int:pk>/assignments/", members.Assignments.as_view(), name="assignments"),
]
