"""What accounts add to the shell."""

from django.utils.translation import gettext_lazy as _

from accounts import help as guide

guide.register(
    guide.Topic(
        "my-work",
        _("My work, search and notices"),
        ("accounts:home", "accounts:search", "accounts:notices", "accounts:profile"),
        order=1,
    )
)
