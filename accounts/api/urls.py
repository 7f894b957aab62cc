from django.urls import path

from accounts.api import described, me

app_name = "accounts_api"
urlpatterns = [
    path("me/", me.Me.as_view(), name="me"),
    path("schema/", described.Schema.as_view(), name="schema"),
    path("docs/", described.Swagger.as_view(), name="docs"),
]
