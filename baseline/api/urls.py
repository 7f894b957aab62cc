from django.urls import path

from baseline.api import actions, activity, care, recording, verification, weeks

app_name = "baseline_api"
urlpatterns = [
    path("activity/", activity.Records.as_view(), name="records"),
    path("activity/record/", recording.Record.as_view(), name="add_record"),
    path("activity/forecast/", recording.Forecast.as_view(), name="forecast"),
    path("activity/<int:pk>/", activity.Record.as_view(), name="record"),
    path("activity/<int:pk>/correct/", recording.Correct.as_view(), name="correct"),
    path("activity/<int:pk>/reverse/", recording.Reverse.as_view(), name="reverse"),
    path("activity/<int:pk>/verify/", verification.Verify.as_view(), name="verify"),
    path("activity/<int:pk>/send-back/", verification.Reject.as_view(), name="reject"),
    path("verification/", verification.Waiting.as_view(), name="waiting"),
    path("verification/lists/", verification.Batches.as_view(), name="batches"),
    path("verification/lists/<int:pk>/", verification.Batch.as_view(), name="batch"),
    path("verification/lists/<int:pk>/confirm/", verification.Confirm.as_view(), name="confirm_batch"),
    path("contracts/<str:code>/versions/<int:number>/included/", verification.Included.as_view(), name="included"),
    path("contracts/<str:code>/versions/<int:number>/read/", verification.Read.as_view(), name="confirm_read"),
    path("follow-ups/", care.FollowUps.as_view(), name="follow_ups"),
    path("follow-ups/<int:pk>/cancel/", care.CancelFollowUp.as_view(), name="cancel_follow_up"),
    path("events/", care.Events.as_view(), name="events"),
    path("events/<int:pk>/", care.OneEvent.as_view(), name="event"),
    path("events/<int:pk>/take-up/", care.TakeUpEvent.as_view(), name="take_up_event"),
    path("events/<int:pk>/close/", care.CloseEvent.as_view(), name="close_event"),
    path("caseload/<str:code>/<str:monday>/<int:team>/", weeks.CaseloadOfWeek.as_view(), name="caseload"),
    path("weeks/<str:code>/missing/", weeks.MissingWeeks.as_view(), name="missing_weeks"),
    path("weeks/<str:code>/<str:monday>/<int:team>/", weeks.Week.as_view(), name="week"),
    path("weeks/<str:code>/<str:monday>/<int:team>/members/", weeks.MembersOfWeek.as_view(), name="week_members"),
    path("weeks/<str:code>/<str:monday>/<int:team>/records/", weeks.EpisodicOfWeek.as_view(), name="week_records"),
    path("weeks/<str:code>/<str:monday>/<int:team>/notes/", weeks.Notes.as_view(), name="week_notes"),
    path("weeks/<str:code>/<str:monday>/<int:team>/actions/", actions.ActionsOfWeek.as_view(), name="week_actions"),
    path("weeks/<str:code>/<str:monday>/<int:team>/sign-caseload/", weeks.SignCaseload.as_view(), name="sign_caseload"),
    path("weeks/<str:code>/<str:monday>/<int:team>/sign-billing/", weeks.SignBilling.as_view(), name="sign_billing"),
    path("actions/", actions.Actions.as_view(), name="actions"),
    path("actions/<int:pk>/", actions.OneAction.as_view(), name="action"),
    path("actions/<int:pk>/complete/", actions.CompleteAction.as_view(), name="complete_action"),
]
