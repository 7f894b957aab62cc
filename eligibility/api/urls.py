from django.urls import path

from eligibility.api import assignments, members

app_name = "eligibility_api"
urlpatterns = [
    path("members/", members.Members.as_view(), name="members"),
    path("members/<int:pk>/", members.OneMember.as_view(), name="member"),
    path("members/<int:pk>/assignments/", assignments.Assignments.as_view(), name="assignments"),
    path("assignments/<int:pk>/end/", assignments.EndAssignment.as_view(), name="end_assignment"),
    path("assignments/<int:pk>/withdraw/", assignments.WithdrawAssignment.as_view(), name="withdraw_assignment"),
]
