from django.urls import path

from eligibility.views import assignments, coverage, evidence, members, staff

app_name = "eligibility"
urlpatterns = [
    path("members/", members.members, name="members"),
    path("members/mine/", staff.caseload, name="caseload"),
    path("members/hand-over/", assignments.hand_over, name="hand_over"),
    path("members/<int:pk>/", members.member, name="member"),
    path("members/<int:pk>/reveal/", members.reveal, name="reveal"),
    path("members/<int:pk>/history/", members.history, name="history"),
    path("members/<int:pk>/seen/", members.access, name="access"),
    path("members/<int:pk>/assign/", assignments.assign, name="assign"),
    path("members/<int:pk>/cover/", assignments.cover, name="cover"),
    path("members/<int:pk>/coverage/<str:code>/add/", coverage.add, name="add_coverage"),
    path("members/coverage/<int:pk>/days/", coverage.dates, name="correct_dates"),
    path("members/coverage/<int:pk>/group/", coverage.group, name="change_group"),
    path("members/coverage/<int:pk>/void/", coverage.void, name="void_coverage"),
    path("members/assignments/<int:pk>/end/", assignments.end, name="end_assignment"),
    path("members/assignments/<int:pk>/withdraw/", assignments.withdraw, name="withdraw_assignment"),
    path("evidence/<int:pk>/", evidence.evidence, name="evidence"),
    path("teams/", staff.teams, name="teams"),
    path("teams/add/", staff.add_team, name="add_team"),
    path("teams/<int:pk>/", staff.team, name="team"),
    path("teams/<int:pk>/rename/", staff.rename_team, name="rename_team"),
    path("practitioners/", staff.practitioners, name="practitioners"),
    path("practitioners/add/", staff.add_practitioner, name="add_practitioner"),
    path("practitioners/<int:pk>/", staff.practitioner, name="practitioner"),
    path("practitioners/<int:pk>/change/", staff.describe_practitioner, name="describe_practitioner"),
]
