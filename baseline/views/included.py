"""What is included: the training boundary as a page, the question that it answers, and who has read it."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import action, done, form_status, require, visible_or_404
from accounts.permissions import may, may_on
from baseline.filters.verification import ReaderFilter
from baseline.forms.included import AskForm
from baseline.models import Activity
from baseline.operations import included as operations
from baseline.queries import included as queries
from baseline.queries.counting import counted
from baseline.queries.people import mine
from baseline.queries.sentences import told
from baseline.tables.recording import ReaderTable
from blended_pilot.kernel.listing import list_page
from contracts.models import Contract, ContractVersion, VersionStatus
from contracts.queries.terms import document_of, signed_terms
from eligibility.queries.identities import identified, identity
from eligibility.queries.profile import today_in


@action("contract.view")
def first(request: HttpRequest) -> HttpResponse:
    """Of the person's first contract; the page leads to the others."""
    one = Contract.objects.visible_to(request.user).order_by("code").first()
    if one is None:
        return done(request, _("You see no contract yet, so nothing is included."), "contracts:contracts")
    return HttpResponseRedirect(reverse("baseline:included", args=[one.code]))


@action("contract.view")
def contract(request: HttpRequest, code: str) -> HttpResponse:
    """The version in force today, or the latest there is."""
    one = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    terms = signed_terms(one.pk)
    governing = terms.on(today_in([one], timezone.now())) if terms else None
    numbers = ContractVersion.objects.filter(contract=one).order_by("-number").values_list("number", flat=True)
    number = governing.number if governing else numbers.first()
    if number is None:
        raise Http404(_("This contract has no version yet."))
    return HttpResponseRedirect(reverse("baseline:included_version", args=[one.code, number]))


@action("contract.view")
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    one = _version(request, code, number)
    money = may_on(request.user, "cycle.view", one.contract)
    document = document_of(one)
    return render(
        request,
        "baseline/included.html",
        {
            "heading": _("What is included"),
            "contract": one.contract,
            "version": one,
            "signed": one.status == VersionStatus.SIGNED,
            "included": queries.included(one.contract, one, document, money=money),
            "money": money,
            "contracts": Contract.objects.visible_to(request.user).exclude(pk=one.contract_id).order_by("code"),
            "others": ContractVersion.objects.filter(contract=one.contract).exclude(pk=one.pk).order_by("-number"),
            "ask": AskForm(document=document, initial={"on": today_in([one.contract], timezone.now())}),
            "may_confirm": may_on(request.user, "included.confirm", one.contract),
            "may_oversee": may_on(request.user, "included.oversee", one.contract),
            "read_at": queries.reading_of(request.user, one),
        },
    )


@require_POST
@action("included.confirm")
def confirm(request: HttpRequest, code: str, number: int) -> HttpResponse:
    one = _version(request, code, number)
    require(request, "included.confirm", one.contract)
    operations.confirm_read(version_id=one.pk, actor=request.user, now=timezone.now())
    return done(
        request,
        _("Thank you. Your supervisor sees that you have read it."),
        "baseline:included_version",
        one.contract.code,
        one.number,
    )


@action("included.oversee")
def readers(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Who has read a version, and who has not."""
    one = _version(request, code, number)
    require(request, "included.oversee", one.contract)
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Who has read what is included"),
        name="readers",
        rows=queries.readers(one, today_in([one.contract], timezone.now())),
        table=ReaderTable,
        table_options={"contract": one.contract},
        filters=ReaderFilter,
        context={
            "heading": _("Who has read it"),
            "lead": _("%(contract)s, version %(version)s: everybody who delivers the work")
            % {"contract": one.contract.code, "version": one.number},
            "crumbs": [
                (_("What is included"), reverse("baseline:included_version", args=[one.contract.code, one.number])),
                (_("Who has read it"), ""),
            ],
            "empty_text": _("Nobody at the provider holds a role that delivers work."),
        },
    )


@action("contract.view")
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Is this baseline or an episode? Answered by the terms of the day and, for a member, the facts of the day."""
    one = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    terms = signed_terms(one.pk)
    if not terms:
        raise Http404(_("This contract has no signed version yet."))
    today = today_in([one], timezone.now())
    form = AskForm(request.GET or None, document=(terms.on(today) or terms.latest).document, initial={"on": today})
    people = identity(request.user, mine(request.user, today)) if may(request.user, "activity.record") else {}
    if people:
        named = [pk for pk, shown in people.items() if shown.identified]
        request.access.note(verb="view", what=_("Baseline or an episode?"), members=named)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "heading": _("Baseline or an episode?"),
        "contract": one,
        "form": form,
        "people": sorted(people.values(), key=lambda shown: shown.label),
    }
    if form.is_bound and form.is_valid():
        context |= _answer(request, one, form)
    status = form_status(form)
    return render(request, "baseline/ask.html", context, status=status)


def _answer(request: HttpRequest, contract: Contract, form: AskForm) -> dict[str, Any]:
    given = form.cleaned_data
    governing = signed_terms(contract.pk).on(given["on"])
    service = governing.document.service(given["service"]) if governing else None
    if governing is None or service is None:
        form.add_error("on", _("The terms of that day do not know this service."))
        return {}
    member = queries.member_named(request.user, given["member"])
    if given["member"] and (member is None or member.organisation_id != contract.provider_id):
        form.add_error("member", _("There is no such member for you."))
        return {}
    draft = Activity(
        contract=contract,
        organisation_id=contract.provider_id,
        member=member,
        activity_ref="",
        service=service.code,
        occurred_on=given["on"],
        received_on=today_in([contract], timezone.now()),
        units=Decimal(1),
        # an amount, so that a service billed as it was is not said to lack one
        amount=Decimal(0) if service.as_billed else None,
    )
    answer: dict[str, Any] = {"service": service, "terms": governing, "member": member}
    if member is not None:
        request.access.note(  # type: ignore[attr-defined]
            verb="view", what=_("Baseline or an episode?"), members=identified(request.user, [member])
        )
        [found] = counted([draft])
        answer |= {
            "counted": found,
            "shown": identity(request.user, [member])[member.pk],
            "told": told(found, contract, with_money=may_on(request.user, "cycle.view", contract)),
        }
    else:
        found = queries.unknown_person(service, governing, given["on"])
    included = queries.included(
        contract,
        ContractVersion.objects.get(pk=governing.version_id),
        governing.document,
        money=may_on(request.user, "cycle.view", contract),
    )
    answer["clauses"] = queries.clauses_of(found, contract, governing)
    answer["episode"] = next((one for one in included.episodes if one.code == service.code), None)
    answer["levels"] = [
        (level, often) for level in included.levels for often in level.package if often.service == service.name
    ]
    return {"answer": answer}


def _version(request: HttpRequest, code: str, number: int) -> ContractVersion:
    rows = ContractVersion.objects.visible_to(request.user).select_related("contract")
    found: ContractVersion = visible_or_404(request, rows, contract__code=code, number=number)
    return found
