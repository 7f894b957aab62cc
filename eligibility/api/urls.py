from django.urls import path

from eligibility.api import assignments, departures, determinations, members, referrals

app_name = "eligibility_api"
urlpatterns = [
    path("members/", members.Members.as_view(), name="members"),
    path("members/<int:pk>/", members.OneMember.as_view(), name="member"),
    path("members/<int:pk>/assignments/", assignments.Assignments.as_view(), name="assignments"),
    path("assignments/<int:pk>/end/", assignments.EndAssignment.as_view(), name="end_assignment"),
    path("assignments/<int:pk>/withdraw/", assignments.WithdrawAssignment.as_view(), name="withdraw_assignment"),
    path("members/<int:pk>/departures/", departures.Departs.as_view(), name="depart"),
    path("departures/<int:pk>/take-back/", departures.TakeBack.as_view(), name="take_back"),
    path("members/<int:pk>/merges/", departures.Merges.as_view(), name="merge"),
    path("merges/<int:pk>/undo/", departures.Undo.as_view(), name="unmerge"),
    path("members/<int:pk>/determinations/", determinations.DetermineAgain.as_view(), name="determine_again"),
    path("referrals/", referrals.Referrals.as_view(), name="referrals"),
    path("referrals/<int:pk>/", referrals.OneReferral.as_view(), name="referral"),
    path("referrals/<int:pk>/respond/", referrals.Respond.as_view(), name="respond"),
    path("referrals/<int:pk>/close/", referrals.Dispose.as_view(), name="dispose"),
    path("referrals/<int:pk>/correct/", referrals.CorrectReferral.as_view(), name="correct_referral"),
    path("referrals/<int:pk>/verify/", referrals.VerifyReferral.as_view(), name="verify_referral"),
    path("referrals/<int:pk>/determine/", determinations.Determine.as_view(), name="determine"),
    path("determinations/", determinations.Determinations.as_view(), name="determinations"),
    path("determinations/<int:pk>/", determinations.OneDetermination.as_view(), name="determination"),
    path("determinations/<int:pk>/answers/", determinations.Answers.as_view(), name="answers"),
    path("determinations/<int:pk>/evidence/", determinations.Attach.as_view(), name="attach"),
    path("determinations/<int:pk>/complete/", determinations.Complete.as_view(), name="complete"),
    path("determinations/<int:pk>/abandon/", determinations.Abandon.as_view(), name="abandon"),
    path("evidence/<int:pk>/", determinations.OneEvidence.as_view(), name="evidence"),
    path("evidence/<int:pk>/content/", determinations.Content.as_view(), name="content"),
]
