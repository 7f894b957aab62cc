from django.urls import path

from accounts.views import entrance, notices, profile, shell

app_name = "accounts"
urlpatterns = [
    path("", shell.home, name="home"),
    path("search/", shell.search, name="search"),
    path("help/", shell.help_index, name="help"),
    path("help/<slug:slug>/", shell.help_topic, name="topic"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="read_all"),
    path("notices/<int:pk>/", notices.follow, name="notice"),
    path("profile/", profile.profile, name="profile"),
    path("offline/", entrance.offline, name="offline"),
]
