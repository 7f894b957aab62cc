from django.urls import path

from authorizations.views import assessments, levels, members, queue, requests, second_looks, standing

app_name = "authorizations"
urlpatterns = [
    path("requests/", requests.requests, name="requests"),
    path("requests/for/<int:pk>/<str:code>/<str:kind>/", requests.new, name="new"),
    path("requests/<int:pk>/", requests.request_page, name="request"),
    path("requests/<int:pk>/change/", requests.change, name="change"),
    path("requests/<int:pk>/submit/", requests.submit, name="submit"),
    path("requests/<int:pk>/withdraw/", requests.withdraw, name="withdraw"),
    path("requests/<int:pk>/answer/", requests.answer, name="answer"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:pk>/", queue.review, name="review"),
    path("queue/<int:pk>/claim/", queue.claim, name="claim"),
    path("queue/<int:pk>/release/", queue.release, name="release"),
    path("queue/<int:pk>/assign/", queue.assign, name="assign"),
    path("queue/<int:pk>/conflict/", queue.conflict, name="conflict"),
    path("levels/review-due/", levels.review_due, name="review_due"),
    path("levels/lapsed/", levels.lapsed, name="lapsed"),
    path("missed-escalations/", levels.missed, name="missed"),
    path("missed-escalations/<int:pk>/set-aside/", levels.set_aside, name="set_aside"),
    path("members/<int:pk>/requests/", members.panel, name="member_panel"),
    path("decisions/figures/", standing.standing_figures, name="standing"),
    path("second-looks/", second_looks.second_looks, name="second_looks"),
    path("second-looks/<int:pk>/", second_looks.second_look, name="second_look"),
    path("assessments/<int:pk>/", assessments.assessment, name="assessment"),
    path("assessments/<int:pk>/correct/", assessments.supersede, name="supersede_assessment"),
    path("assessments/<int:pk>/withdraw/", assessments.withdraw, name="withdraw_assessment"),
    path("members/<int:pk>/assessments/", assessments.panel, name="assessment_panel"),
    path("members/<int:pk>/assess/<str:code>/", assessments.record, name="record_assessment"),
]
