from django.urls import path

from accounts.views import access, entrance, notices, people, profile, shell, tokens

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
    path("profile/tokens/", tokens.tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add_person, name="add_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/role/", people.give_role, name="give_role"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("people/roles/<int:pk>/end/", people.end_role, name="end_role"),
    path("people/roles/<int:pk>/deputy/", people.name_deputy, name="name_deputy"),
    path("people/deputies/<int:pk>/end/", people.end_deputy, name="end_deputy"),
    path("access/", access.log, name="access"),
    path("offline/", entrance.offline, name="offline"),
]
