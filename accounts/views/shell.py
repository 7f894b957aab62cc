"""The pages that every person has: my work, search and help."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import help as guide
from accounts import search as finder
from accounts import work
from accounts.doors import SIGNED_IN, action, in_own_time
from accounts.queries.notices import inbox
from accounts.queries.people import deputies_for

HITS = 20
LATEST = 5
SHORTEST = 2


@action(SIGNED_IN)
@in_own_time
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    groups: dict[str, list[work.WorkItem]] = {}
    for item in work.waiting(request.user, now):
        groups.setdefault(str(item.group), []).append(item)
    today = now.date()
    context = {
        "groups": groups.items(),
        "now": now,
        "waiting": sum(len(items) for items in groups.values()),
        "notices": inbox(request.user)[:LATEST],
        "deputising": [deputy for deputy in deputies_for(request.user, today) if deputy.starts_on <= today],
    }
    return render(request, "accounts/home.html", context)


@action(SIGNED_IN)
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    groups = []
    if len(text) >= SHORTEST:
        groups = finder.found(request.user, text, HITS)
        members = [member for _group, hits in groups for hit in hits for member in hit.members]
        request.access.note(verb="search", what=text, members=members)  # type: ignore[attr-defined]
    return render(
        request, "accounts/search.html", {"text": text, "groups": groups, "shortest": SHORTEST, "limit": HITS}
    )


@action(SIGNED_IN)
def help_index(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/help.html", {"topics": guide.topics()})


@action(SIGNED_IN)
def help_topic(request: HttpRequest, slug: str) -> HttpResponse:
    topic = guide.topic(slug)
    if topic is None:
        raise Http404(_("There is no such topic."))
    crumbs = [(_("Help"), "/help/"), (topic.title, "")]
    return render(request, "accounts/topic.html", {"topic": topic, "text": f"help/{slug}.html", "crumbs": crumbs})
