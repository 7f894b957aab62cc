"""What jobs add to the shell."""

from django.utils.translation import gettext_lazy as _

from accounts import help as guide
from accounts import menu

menu.register(
    menu.Entry(_("Work in the background"), "jobs:jobs", "job.view", menu.Group.OVERSIGHT, icon="hourglass", order=95)
)
guide.register(guide.Topic("background-work", _("Work in the background"), ("jobs:*",), order=94))
