from django.urls import path

from baseline.views import activity, events, follow_ups, looks, weeks

app_name = "baseline"
urlpatterns = [
    path("", activity.records, name="activities"),
    path("member/<int:pk>/", activity.of_member, name="of_member"),
    path("<int:pk>/", activity.record, name="activity"),
    path("follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("follow-ups/<int:pk>/cancel/", follow_ups.cancel, name="cancel_follow_up"),
    path("follow-ups/in-time/<str:code>/", follow_ups.in_time, name="follow_ups_in_time"),
    path("weeks/", weeks.weeks, name="weeks"),
    path("weeks/<str:code>/<str:monday>/<int:team>/", weeks.week_of_team, name="week"),
    path("weeks/<str:code>/<str:monday>/<int:team>/members/", weeks.week_members, name="week_members"),
    path("weeks/<str:code>/<str:monday>/<int:team>/members/<int:pk>/", looks.look, name="look"),
    path("weeks/<str:code>/<str:monday>/<int:team>/sign-caseload/", looks.sign_caseload, name="sign_caseload"),
    path("weeks/<str:code>/<str:monday>/<int:team>/sign-billing/", looks.sign_billing, name="sign_billing"),
    path("events/", events.events, name="events"),
    path("events/<int:pk>/", events.event, name="event"),
    path("events/<int:pk>/who/", events.take_up, name="take_up_event"),
    path("events/<int:pk>/close/", events.close, name="close_event"),
    path("events/<int:pk>/safeguarding/", events.safeguarding, name="safeguarding"),
    path("events/record/<int:pk>/<str:code>/", events.record, name="record_event"),
    path("actions/", looks.actions, name="actions"),
    path("actions/<int:pk>/", looks.one_action, name="action"),
]
