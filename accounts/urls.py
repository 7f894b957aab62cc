from django.urls import path

from accounts.views import access, confirmation, entrance, notices, people, profile, shell, tokens

app_name = "accounts"
urlpatterns = [
    path("", shell.home, name="home"),
    path("search/", shell.search, name="search"),
    path("help/", shell.help_index, name="help"),
    path("help/<slug:slug>/", shell.help_topic, name="topic"),
    path("notices/", notices.notices, name="notices"),
    path("notices/settings/", notices.mail_settings, name="notice_settings"),
    path("notices/read/", notices.read_all, name="read_all"),
    path("notices/<int:pk>/", notices.follow, name="notice"),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", tokens.tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("second-factor/", confirmation.second_factor, name="second_factor"),
    path("confirm/", confirmation.confirm_elsewhere, name="confirm_elsewhere"),
    path("go-on/", confirmation.go_on, name="go_on"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add_person, name="add_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/role/", people.give_role, name="give_role"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/second-factor/", people.reset_second_factor, name="reset_second_factor"),
    path("people/roles/<int:pk>/end/", people.end_role, name="end_role"),
    path("people/roles/<int:pk>/deputy/", people.name_deputy, name="name_deputy"),
    path("people/deputies/<int:pk>/end/", people.end_deputy, name="end_deputy"),
    path("access/", access.log, name="access"),
    path("offline/", entrance.offline, name="offline"),
]
