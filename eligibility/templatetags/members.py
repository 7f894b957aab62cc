"""What the pages of one member share: the tabs between them, panels of later stages by URL name."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.permissions import may

register = template.Library()


@register.inclusion_tag("kit/tabs.html", takes_context=True)
def member_tabs(context: template.Context, member: Any, current: str) -> dict[str, Any]:
    """The pages about one member that this reader may open; those of later stages where they exist."""
    user = context["request"].user
    pages = [
        ("eligibility:member", _("Overview"), "member.view"),
        ("baseline:of_member", _("Activity"), "activity.view"),
        ("eligibility:history", _("History"), "member.view"),
        ("eligibility:access", _("Who saw this person"), "access.view"),
    ]
    tabs = [
        (label, address, name == current)
        for name, label, action in pages
        if may(user, action) and (address := _address(name, member.pk))
    ]
    return {"tabs": tabs, "label": _("Pages of this member")}


@register.filter
def name_in(code: str, names: Any) -> str:
    """The name that the terms give to a code; the code itself where they give none."""
    return str(names.get(code, code))


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
