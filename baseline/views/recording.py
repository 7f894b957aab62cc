"""Recording on the way: one's own people, a record of each, and one for several."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import action, form_status, refused, visible_or_404
from accounts.permissions import sides
from baseline.filters.people import PeopleFilter
from baseline.forms import recording as forms
from baseline.models import Activity
from baseline.operations import recording as operations
from baseline.queries import people
from baseline.queries.sentences import Told, often
from baseline.rules.expected import expected
from baseline.tables.recording import PeopleTable
from baseline.views.shared import day_said, named, others, say, say_of_group, service_asked, service_named, told_of
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from contracts.models import Contract
from contracts.rules.document import Service
from eligibility.models import Member
from eligibility.queries.identities import Shown, identified, identity
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in
from eligibility.queries.staff import my_members


@dataclass(frozen=True)
class _At:
    """What a form is about: the member, the contract, the service, and as whom the person delivers (a reference)."""

    member: Member
    contract: Contract
    service: Service
    practitioner: str
    today: date


@action("activity.record")
def caseload(request: HttpRequest) -> HttpResponse:
    """Whom I look after today, with a button to record for each."""
    today = today_in(list(contracts_of(request.user)[:1]), timezone.now())
    return list_page(
        request,
        template="baseline/caseload.html",
        what=_("Own caseload"),
        name="my-people",
        rows=my_members(request.user, today),
        table=PeopleTable,
        table_options={"user": request.user, "today": today},
        filters=PeopleFilter,
        members=lambda found: identified(request.user, [one.member for one in found]),
        may_export=False,
        context={
            "heading": _("My people"),
            "lead": _("Whom you lead or cover today. Recording begins with a person."),
            "empty_text": _(
                "Nobody is assigned to you today. You record for anybody from their own page; a supervisor links your "
                "account to a practitioner and assigns members."
            ),
            "empty_action": reverse("eligibility:members"),
            "empty_label": _("Find a member"),
        },
    )


@action("activity.record")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """What was done for one member: first which service, then its standard record."""
    member, contract, shown = _member(request, pk)
    now = timezone.now()
    today = today_in([contract], now)
    service = service_asked(request, contract, today)
    if service is None:
        return _choose(request, member, contract, shown)
    at = _At(member, contract, service, _practitioner(request, member.organisation_id), today)
    form = forms.RecordForm(
        request.POST or None,
        service=service,
        contract=contract,
        practitioners=others(request, contract),
        initial=_initial(request, at),
    )
    following = people.next_after(request.user, member.pk, today)
    if following is not None:  # named on the button that leads on
        request.access.note(  # type: ignore[attr-defined]
            verb="view", what=_("Recording"), members=identified(request.user, [following])
        )
    context = {
        "heading": service.name,
        "shown": shown,
        "member": member,
        "contract": contract,
        "service": service,
        "form": form,
        "following": identity(request.user, [following])[following.pk] if following else None,
        "forecast": _forecast(request, at, form),
        "forecast_address": reverse("baseline:forecast", args=[member.pk]),
        "again": _address(member.pk, contract, ""),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "baseline/record_form.html", context, status=form_status(form))
    try:
        [one] = operations.record(
            contract_id=contract.pk,
            member_ids=[member.pk],
            entry=form.entry(practitioner=at.practitioner),
            submission=form.cleaned_data["submission"],
            actor=request.user,
            now=now,
        )
    except Refused as error:
        return refused(request, error, "baseline/record_form.html", context)
    say(request, one, contract, shown)
    return _onwards(request, one, contract, following)


def _onwards(request: HttpRequest, one: Activity, contract: Contract, following: Member | None) -> HttpResponse:
    """To the next of the caseload, to another record of the same member, or to what was recorded."""
    where = request.POST.get("then", "")
    if where == "next" and following is not None:
        return HttpResponseRedirect(_address(following.pk, contract, one.service, repeat=one.pk))
    if where == "another":
        return HttpResponseRedirect(_address(one.member_id, contract, ""))
    return HttpResponseRedirect(reverse("baseline:activity", args=[one.pk]))


@require_POST
@action("activity.record")
def forecast(request: HttpRequest, pk: int) -> HttpResponse:
    """How what stands in the form would count, in one sentence; nothing is stored."""
    member, contract, _shown = _member(request, pk)
    today = today_in([contract], timezone.now())
    service = service_asked(request, contract, today)
    if service is None:
        return render(request, "baseline/forecast.html", {"forecast": None})
    form = forms.RecordForm(request.POST, service=service, contract=contract, practitioners=others(request, contract))
    at = _At(member, contract, service, _practitioner(request, member.organisation_id), today)
    return render(request, "baseline/forecast.html", {"forecast": _forecast(request, at, form)})


@action("activity.record")
def group(request: HttpRequest) -> HttpResponse:
    """One session with several of one's own people: whom, and which service; then its record."""
    now = timezone.now()
    contract = _own_contract(request)
    today = today_in([contract] if contract else [], now)
    members = people.mine(request.user, today)
    document = people.terms_on(contract, today) if contract else None
    if contract is None or document is None or not members:
        return render(request, "baseline/group.html", {"heading": _("Group session"), "nobody": True})
    shown = identity(request.user, members)
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=_("Group session"), members=identified(request.user, members)
    )
    services = {one.code: one.name for one in document.services if not one.criteria}
    chosen = forms.GroupForm(
        request.POST if request.method == "POST" else (request.GET or None),
        services=services,
        members=_by_name(shown),
    )
    context: dict[str, Any] = {"heading": _("Group session"), "choice": chosen, "contract": contract}
    if not chosen.is_valid():
        return render(request, "baseline/group.html", context, status=form_status(chosen))
    service = service_named(contract, chosen.cleaned_data["service"], day_said(request, today))
    assert service is not None
    member_ids = chosen.cleaned_data["members"]
    form = forms.RecordForm(request.POST or None, service=service, contract=contract, initial=forms.new(today))
    context |= {"form": form, "service": service, "those": [named(shown[pk]) for pk in member_ids]}
    if request.method != "POST" or not form.is_valid():
        return render(request, "baseline/group.html", context, status=form_status(form))
    try:
        made = operations.record(
            contract_id=contract.pk,
            member_ids=member_ids,
            entry=form.entry(practitioner=_practitioner(request, contract.provider_id)),
            submission=form.cleaned_data["submission"],
            actor=request.user,
            now=now,
        )
    except Refused as error:
        return refused(request, error, "baseline/group.html", context)
    say_of_group(request, made, contract, shown)
    return HttpResponseRedirect(reverse("baseline:caseload"))


def _member(request: HttpRequest, pk: int) -> tuple[Member, Contract, Shown]:
    """The member, the contract to record under, and the member as the reader sees them."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    require_provider(request, "activity.record", member.organisation_id)
    contracts = people.contracts_to_record(request.user, member, timezone.now().date())
    wanted = request.POST.get("contract", "") or request.GET.get("contract", "")
    contract = next((one for one in contracts if one.code == wanted), None) or next(iter(contracts), None)
    if contract is None:
        raise operations.UnknownMember(_("No contract with signed terms covers work for this member."))
    request.access.note(verb="view", what=_("Recording"), members=[member.pk])  # type: ignore[attr-defined]
    return member, contract, identity(request.user, [member])[member.pk]


def _by_name(shown: Mapping[int, Shown]) -> dict[int, str]:
    """In the order of their names; who is called like somebody else has their reference beside it."""
    names = Counter(named(one) for one in shown.values())
    found = {
        pk: named(one) if names[named(one)] == 1 or not one.name else f"{one.name} ({one.code})"
        for pk, one in shown.items()
    }
    return dict(sorted(found.items(), key=lambda one: one[1]))


def require_provider(request: HttpRequest, name: str, organisation_id: int) -> None:
    """403 for those who may do this only at another provider, or on the other side."""
    if organisation_id not in sides(request.user, name).provider:
        raise PermissionDenied(_("Your roles at this provider do not include this."))


def _own_contract(request: HttpRequest) -> Contract | None:
    """The contract of the person's own caseload, or the first under which they record."""
    today = timezone.now().date()
    for member in people.mine(request.user, today)[:1]:
        return next(iter(people.contracts_to_record(request.user, member, today)), None)
    return None


def _choose(request: HttpRequest, member: Member, contract: Contract, shown: Shown) -> HttpResponse:
    """Which service it was: what is baseline and what is an episode, side by side."""
    today = today_in([contract], timezone.now())
    document = people.terms_on(contract, today)
    row = people.rows(request.user, [member], today)[member.pk]
    level = next((one.care for one in row.covered if one.span.contract_id == contract.pk), None)
    baseline, episodic = people.offered(document) if document else ([], [])
    often_expected = {
        service.code: often(frequency)
        for service in (*baseline, *episodic)
        if document and (frequency := expected(document, service.code, level))
    }
    return render(
        request,
        "baseline/choose_service.html",
        {
            "heading": named(shown),
            "shown": shown,
            "member": member,
            "contract": contract,
            "contracts": people.contracts_to_record(request.user, member, today),
            "level": level,
            "baseline": [
                (service, often_expected.get(service.code, ""), _address(member.pk, contract, service.code))
                for service in baseline
            ],
            "episodic": [
                (service, often_expected.get(service.code, ""), _address(member.pk, contract, service.code))
                for service in episodic
            ],
            "former": [
                (service, last_day, _address(member.pk, contract, service.code))
                for service, last_day in people.no_longer_offered(contract, today)
            ],
        },
    )


def _initial(request: HttpRequest, at: _At) -> dict[str, Any]:
    """A new form, or one that goes on from an earlier record of one's own (`repeat`: its number, or "last")."""
    repeat = request.GET.get("repeat", "")
    earlier = None
    if repeat == "last":
        wanted = (request.user, at.contract, at.service.code)
        earlier = people.last_record(*wanted, at.member.pk) or people.last_record(*wanted)
    elif repeat.isdigit() and len(repeat) < 19:
        mine = Activity.objects.filter(recorded_by=request.user, contract=at.contract, service=at.service.code)
        earlier = mine.filter(pk=int(repeat)).first()
    return forms.repeated(earlier, at.today) if earlier else {**forms.new(at.today), "practitioner": at.practitioner}


def _forecast(request: HttpRequest, at: _At, form: forms.RecordForm) -> Told | None:
    """None while the form does not say when and what."""
    entry = operations.Entry(service=at.service.code, occurred_on=at.today, practitioner=at.practitioner)
    if form.is_bound:
        form.is_valid()
        given = form.cleaned_data
        if not {"occurred_on", "happened", "planned"} <= given.keys():
            return None
        if at.service.episodic and given.get("units") is None:
            return None
        entry = form.entry(practitioner=at.practitioner)
    try:
        operations.declared(contract=at.contract, entry=entry, now=timezone.now())
    except Refused as error:
        return Told(error.sentence, "bad")
    one = operations.draft(contract=at.contract, member_id=at.member.pk, entry=entry, now=timezone.now())
    return told_of(request, [one], at.contract)[0]


def _practitioner(request: HttpRequest, organisation_id: int) -> str:
    found = people.practitioner_of(request.user, organisation_id)
    return found.reference if found else ""


def _address(member_id: int, contract: Contract, service: str, **more: Any) -> str:
    query = QueryDict(mutable=True)
    query.update({"contract": contract.code, **({"service": service} if service else {}), **more})
    return f"{reverse('baseline:record', args=[member_id])}?{query.urlencode()}"
