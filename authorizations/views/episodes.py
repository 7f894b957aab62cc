"""Episodes: all of them, one with what was delivered on it, and ending one early."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.forms import ReasonForm
from accounts.permissions import may_on
from authorizations import filters, forms, tables
from authorizations.models import Episode
from authorizations.operations import episode_ends
from authorizations.queries.episode_history import episode_history
from authorizations.queries.episodes import drawings, drawn_down, episodes, number_of, over_on, service_names
from authorizations.queries.people import today_of
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.periods import DAY
from eligibility.models import Member
from eligibility.queries.identities import identified, identity
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in


@action("episode.view")
def episode_list(request: HttpRequest) -> HttpResponseBase:
    today = today_in(list(contracts_of(request.user)[:1]), timezone.now())
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Episodes"),
        name="episodes",
        rows=episodes().filter(pk__in=Episode.objects.visible_to(request.user)).order_by("-starts_on", "-pk"),
        table=tables.EpisodeTable,
        table_options={"user": request.user},
        filters=filters.EpisodeFilter,
        filter_options={"user": request.user, "today": today},
        members=lambda records: identified(request.user, [record.member for record in records]),
        context={
            "heading": _("Episodes"),
            "lead": _("Authorised units of a service, and how far delivered work has drawn them down."),
            "empty_title": _("No episode yet"),
            "empty_text": _("An episode comes from an approved request, or with a file of episodes decided elsewhere."),
        },
    )


@action("episode.view")
def episode_page(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _episode(request, pk)
    return render(request, "authorizations/episode.html", _context(request, episode))


def _context(request: HttpRequest, episode: Episode) -> dict[str, Any]:
    user = request.user
    shown = identity(user, [episode.member])[episode.member_id]
    request.access.note(verb="view", what=_("Episode"), members=[episode.member_id] if shown.identified else [])
    drawn = drawn_down([episode])[episode.pk]
    records = drawings(episode.pk)
    number = number_of(episode)
    return {
        "episode": episode,
        "number": number,
        "shown": shown,
        "drawn": drawn,
        "service": service_names(episode.contract_id).get(episode.service, episode.service),
        "contract": episode.contract,
        "over_on": over_on(episode),
        "is_over": over_on(episode) <= today_of(episode.contract, timezone.now()),
        "table": tables.DrawingTable(records),
        "clinical": may_on(user, "clinical.view", episode.contract),
        "entry_opens": episode.decision_id is not None and may_on(user, "register.view", episode.contract),
        "member_opens": Member.objects.visible_to(user).filter(pk=episode.member_id).exists(),
        "may_end": may_on(user, "episode.end", episode.contract),
        "changes": episode_history(episode),
        "crumbs": [(_("Episodes"), reverse("authorizations:episodes")), (number, "")],
    }


@action("episode.end")
def end_early(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _episode(request, pk)
    require(request, "episode.end", episode.contract)
    form = forms.EndEarlyForm(request.POST or None)
    return _change(
        request,
        episode,
        form,
        heading=_("End episode %(number)s early"),
        explain=_("Work after the last day is not authorised any more, and money for it is taken back."),
        submit=_("End it"),
        sentence=_("Episode %(number)s ends early."),
        write=lambda given: episode_ends.end_early(
            episode_id=pk, last_day=given["last_day"], reason=given["reason"], actor=request.user, now=timezone.now()
        ),
    )


@action("episode.end")
def take_back_early_end(request: HttpRequest, pk: int) -> HttpResponse:
    episode = _episode(request, pk)
    require(request, "episode.end", episode.contract)
    return _change(
        request,
        episode,
        ReasonForm(request.POST or None),
        heading=_("Let episode %(number)s run on"),
        explain=_("It runs to the end of its window again."),
        submit=_("Let it run on"),
        sentence=_("Episode %(number)s runs on."),
        write=lambda given: episode_ends.take_back_early_end(
            episode_id=pk, reason=given["reason"], actor=request.user, now=timezone.now()
        ),
    )


def _change(
    request: HttpRequest,
    episode: Episode,
    form: Any,
    *,
    heading: str,
    submit: str,
    sentence: str,
    write: Any,
    explain: str,
) -> HttpResponse:
    words = {"number": number_of(episode)}
    here = reverse("authorizations:episode", args=[episode.pk])
    context = {
        "heading": heading % words,
        "explain": explain,
        "form": form,
        "submit": submit,
        "tone": "danger",
        "cancel": here,
        "crumbs": [(_("Episodes"), reverse("authorizations:episodes")), (words["number"], here), (submit, "")],
    }
    if request.method == "POST" and form.is_valid():
        try:
            write(form.cleaned_data)
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, sentence % words, "authorizations:episode", episode.pk)
    return render(request, "kit/form_page.html", context, status=form_status(form))


@action("episode.view")
def member_episodes(request: HttpRequest, pk: int) -> HttpResponse:
    """What the member page loads: their latest episodes."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    theirs = episodes().filter(pk__in=Episode.objects.visible_to(request.user), member=member)
    found = list(theirs.order_by("-starts_on")[:5])
    drawn = drawn_down(found)
    request.access.note(verb="view", what=_("Member's episodes"), members=[member.pk])
    names = {contract: service_names(contract) for contract in {one.contract_id for one in found}}
    rows = [
        (one, number_of(one), names[one.contract_id].get(one.service, one.service), drawn[one.pk], over_on(one) - DAY)
        for one in found
    ]
    return render(request, "authorizations/episodes_panel.html", {"rows": rows, "member": member})


def _episode(request: HttpRequest, pk: int) -> Episode:
    rows = episodes().filter(pk__in=Episode.objects.visible_to(request.user))
    found: Episode = visible_or_404(request, rows, pk=pk)
    return found
