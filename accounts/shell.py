"""What accounts add to the shell."""

from django.utils.translation import gettext_lazy as _

from accounts import help as guide
from accounts import menu

menu.register(
    menu.Entry(_("People"), "accounts:people", "people.view", menu.Group.PEOPLE, icon="users-group", order=10)
)
menu.register(menu.Entry(_("Access log"), "accounts:access", "access.view", menu.Group.PEOPLE, icon="eye", order=20))
guide.register(
    guide.Topic(
        "my-work",
        _("My work, search and notices"),
        ("accounts:home", "accounts:search", "accounts:notices", "accounts:profile"),
        order=1,
    )
)
guide.register(
    guide.Topic(
        "people",
        _("People, roles and deputies"),
        (
            "accounts:people",
            "accounts:person",
            "accounts:add_person",
            "accounts:give_role",
            "accounts:end_role",
            "accounts:name_deputy",
            "accounts:end_deputy",
            "accounts:deactivate",
            "accounts:reactivate",
        ),
        order=90,
    )
)
guide.register(guide.Topic("access-log", _("The access log"), ("accounts:access",), order=91))
guide.register(guide.Topic("signing-in", _("Signing in and second factors"), order=92))
guide.register(guide.Topic("lists", _("Lists, filters and files"), order=93))
