from django.urls import path

from authorizations.api import assessments, levels, register, requests, second_looks

app_name = "authorizations_api"
urlpatterns = [
    path("contracts/<str:code>/decisions-in-figures/", second_looks.Standing.as_view(), name="standing"),
    path("second-looks/", second_looks.SecondLooks.as_view(), name="second_looks"),
    path("second-looks/<int:pk>/", second_looks.OneSecondLook.as_view(), name="second_look"),
    path("assessments/", assessments.Assessments.as_view(), name="assessments"),
    path("assessments/<int:pk>/", assessments.OneAssessment.as_view(), name="assessment"),
    path("assessments/<int:pk>/supersede/", assessments.Supersede.as_view(), name="supersede"),
    path("assessments/<int:pk>/withdraw/", assessments.WithdrawAssessment.as_view(), name="withdraw_assessment"),
    path("requests/", requests.Requests.as_view(), name="requests"),
    path("requests/<int:pk>/", requests.OneRequest.as_view(), name="request"),
    path("requests/<int:pk>/evidence/", requests.Evidence.as_view(), name="evidence"),
    path("requests/<int:pk>/submit/", requests.Submit.as_view(), name="submit"),
    path("requests/<int:pk>/withdraw/", requests.Withdraw.as_view(), name="withdraw"),
    path("requests/<int:pk>/answer/", requests.Answer.as_view(), name="answer"),
    path("requests/<int:pk>/ask/", requests.Ask.as_view(), name="ask"),
    path("requests/<int:pk>/claim/", requests.Claim.as_view(), name="claim"),
    path("requests/<int:pk>/release/", requests.Release.as_view(), name="release"),
    path("requests/<int:pk>/assign/", requests.Assign.as_view(), name="assign"),
    path("requests/<int:pk>/conflict/", requests.Conflict.as_view(), name="conflict"),
    path("requests/<int:pk>/decide/", requests.Decide.as_view(), name="decide"),
    path("queue/", requests.Queue.as_view(), name="queue"),
    path("levels/review-due/", levels.ReviewDue.as_view(), name="review_due"),
    path("levels/lapsed/", levels.Lapsed.as_view(), name="lapsed"),
    path("missed-escalations/", levels.MissedEscalations.as_view(), name="missed"),
    path("missed-escalations/<int:pk>/set-aside/", levels.SetAside.as_view(), name="set_aside"),
    path("register/", register.Entries.as_view(), name="register"),
    path("register/<int:pk>/", register.OneEntry.as_view(), name="decision"),
    path("register/<int:pk>/supersede/", register.Supersede.as_view(), name="supersede_decision"),
    path("register/<int:pk>/void/", register.Void.as_view(), name="void_decision"),
    path("episodes/", register.Episodes.as_view(), name="episodes"),
    path("episodes/<int:pk>/", register.OneEpisode.as_view(), name="episode"),
    path("episodes/<int:pk>/end/", register.EndEarly.as_view(), name="end_episode"),
]
