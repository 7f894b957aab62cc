"""The frame around every page: navigation by role, unread notices, the link to the page's help."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import help as guide
from accounts.menu import Entry, Group, entries
from accounts.models import Notice
from accounts.permissions import offered
from accounts.queries.people import standing_sentence

register = template.Library()


@register.inclusion_tag("kit/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    request = context["request"]
    user = request.user
    shell: dict[str, Any] = {
        "request": request,
        "user": user,
        "home": reverse("accounts:home"),
        "csrf_token": context.get("csrf_token"),
    }
    if not user.is_authenticated:
        return shell
    return {
        **shell,
        "groups": _groups(user, request.path),
        "unread": Notice.objects.filter(user=user, read_at=None).count(),
        "standing": standing_sentence(user),
        "notices": reverse("accounts:notices"),
        "profile": reverse("accounts:profile"),
        "help": reverse("accounts:help"),
        "search": reverse("accounts:search"),
        "sign_out": reverse("account_logout"),
        "searched": request.GET.get("q", "") if request.path == reverse("accounts:search") else "",
    }


def _groups(user: Any, path: str) -> list[dict[str, Any]]:
    """The groups with what this person may open; the entry whose address begins this page's is current."""
    lines = [(entry.group, _line(entry, user)) for entry in entries() if offered(user, entry.action)]
    begins = [line for _group, line in lines if path == line["url"] or path.startswith(line["url"].rstrip("/") + "/")]
    if begins:
        max(begins, key=lambda line: len(line["url"]))["current"] = True
    groups = []
    for group in Group:
        of_group = [line for its_group, line in lines if its_group is group]
        if of_group:
            groups.append(
                {
                    "label": group.label,
                    "icon": group.icon,
                    "entries": of_group,
                    "only": of_group[0] if len(of_group) == 1 else None,
                    "current": any(line["current"] for line in of_group),
                }
            )
    return groups


def _line(entry: Entry, user: Any) -> dict[str, Any]:
    return {
        "label": entry.label,
        "icon": entry.icon,
        "url": reverse(entry.url_name),
        "count": entry.count(user) if entry.count else None,
        "current": False,
    }


@register.inclusion_tag("kit/help_link.html", takes_context=True)
def help_link(context: template.Context) -> dict[str, Any]:
    """A link to the topic that explains the page being shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    topic = guide.topic_of(match.view_name) if match else None
    return {
        "url": reverse("accounts:topic", args=[topic.slug]) if topic else "",
        "title": topic.title if topic else _("Help"),
    }
