"""The monthly cycle on screen: where it stands, what it would post, what is missing, and its four decisions."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may_on, sides
from blended_pilot.jobs.operations import enqueue
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.templatetags import kit
from contracts.models import Contract
from variance.filters import CycleFilters
from variance.forms import SendBackForm
from variance.models import Cycle, CycleStatus
from variance.operations import cycles as operations
from variance.permissions import APPROVES, PREPARES, may_sign
from variance.queries import pages
from variance.tables.lists import CycleTable
from variance.views.shown import address, crumbs, cycle_or_404, title

SENT_BACK_FROM = (CycleStatus.CALCULATED, CycleStatus.IN_REVIEW, CycleStatus.APPROVED)
PARTY_ACTIONS = {"calculate": "cycle.run", "submit": PREPARES, "approve": APPROVES, "close": "cycle.run"}


@action("cycle.view")
@require_safe
def cycle_list(request: HttpRequest) -> HttpResponse:
    contracts = Contract.objects.filter(sides(request.user, "cycle.run").of_contract()).order_by("code")
    openable = [(contract, month) for contract in contracts if (month := pages.next_month_of(contract))]
    return list_page(
        request,
        template="variance/cycles.html",
        what=_("Cycles"),
        name="cycles",
        rows=pages.cycles().visible_to(request.user),
        table=CycleTable,
        filters=CycleFilters,
        context={
            "heading": _("Cycles"),
            "lead": _(
                "Each month is calculated, reviewed by both sides and closed once. "
                "What changes later is posted in a later month."
            ),
            "openable": openable,
            "empty_title": _("No month has been opened yet"),
            "empty_text": _("Open the first month of a signed contract to calculate what is owed."),
        },
    )


@action("cycle.run")
@require_POST
def open_next(request: HttpRequest, code: str) -> HttpResponse:
    contracts = Contract.objects.filter(sides(request.user, "cycle.view").of_contract())
    contract = visible_or_404(request, contracts, code=code)
    month = pages.next_month_of(contract)
    if month is None:
        raise Refused(_("No month can be opened: one is still unfinished, or the contract is not signed."))
    cycle = operations.open_cycle(contract_id=contract.pk, month=month, actor=request.user, now=timezone.now())
    return done(request, _("The month is open. Calculate it to see what it would post."), address(cycle))


@action("cycle.view")
@require_safe
def cycle_page(request: HttpRequest, code: str, month: str) -> HttpResponse:
    return render(request, "variance/cycle.html", _cycle_context(request, cycle_or_404(request, code, month)))


def _cycle_context(request: HttpRequest, cycle: Cycle) -> dict[str, Any]:
    components = pages.component_figures(cycle)
    unpaid = pages.unpaid_figures(cycle)
    exceptions = pages.exception_figures(cycle)
    return {
        "cycle": cycle,
        "contract": cycle.contract,
        "title": title(cycle),
        "crumbs": crumbs(),
        "components": components,
        "steps": _steps(cycle),
        "kpis": _kpis(cycle, components, unpaid),
        "unpaid": unpaid,
        "exceptions": exceptions,
        "gates": pages.gates_of(cycle),
        "may_see_weeks": may_on(request.user, "caseload.view", cycle.contract),
        "facts": _signatures(cycle),
        "statement": pages.statements().filter(cycle=cycle).first(),
        "offers": _offers(request.user, cycle),
        "job": pages.unfinished_job(cycle),
        "may_send_back": cycle.status in SENT_BACK_FROM and may_on(request.user, PREPARES, cycle.contract),
        "changes": pages.changes_of(cycle),
    }


def _signatures(cycle: Cycle) -> list[tuple[Any, ...]]:
    contract = cycle.contract
    return [
        (_("Last calculated"), kit.when(cycle.calculated_at, contract), cycle.calculated_by or ""),
        (_("Prepared by"), cycle.prepared_by, cycle.prepared_organisation or ""),
        (_("Approved by"), cycle.approved_by, cycle.approved_organisation or ""),
        (_("Closed"), kit.when(cycle.closed_at, contract)),
        (_("Digest of the preview"), cycle.digest, _("what was signed; closing posts exactly this or refuses")),
        *([(_("Signatures"), _("Both were given on one command line"))] if cycle.both_on_command_line else []),
    ]


def _steps(cycle: Cycle) -> list[dict[str, Any]]:
    order = list(CycleStatus)
    here = order.index(CycleStatus(cycle.status))
    notes: dict[str, Any] = {
        CycleStatus.CALCULATED: cycle.calculated_at and kit.when(cycle.calculated_at, cycle.contract),
        CycleStatus.IN_REVIEW: cycle.prepared_by and _("prepared by %s") % cycle.prepared_by,
        CycleStatus.APPROVED: cycle.approved_by and _("approved by %s") % cycle.approved_by,
        CycleStatus.CLOSED: cycle.closed_at and kit.when(cycle.closed_at, cycle.contract),
    }
    return [
        {
            "label": status.label,
            "note": notes.get(status) or "",
            "state": "done"
            if index < here or cycle.status == CycleStatus.CLOSED
            else "current"
            if index == here
            else "",
        }
        for index, status in enumerate(order)
    ]


def _kpis(
    cycle: Cycle, components: list[pages.ComponentFigures], unpaid: list[pages.UnpaidFigures]
) -> list[dict[str, Any]]:
    if cycle.status == CycleStatus.OPEN:
        return []
    contract, lines = cycle.contract, address(cycle, "lines")
    current = sum((figure.current for figure in components), pages.ZERO)
    adjustment = sum((figure.adjustment for figure in components), pages.ZERO)
    at_stake = sum((figure.amount for figure in unpaid), pages.ZERO)
    records = sum(figure.records for figure in unpaid)
    posted = cycle.status == CycleStatus.CLOSED
    return [
        {
            "label": _("Posted") if posted else _("Would post"),
            "value": kit.money(current + adjustment, contract),
            "note": _("all components, after rounding per row; held amounts left out"),
            "url": lines,
        },
        {
            "label": _("This month"),
            "value": kit.money(current, contract),
            "note": _("for services of %s") % kit.month_text(cycle.month),
            "url": f"{lines}?line_kind=current",
        },
        {
            "label": _("Adjustments"),
            "value": kit.change(adjustment, contract),
            "note": _("for earlier months, each with its reason"),
            "url": f"{lines}?line_kind=adjustment",
        },
        {
            "label": _("Newly not paid"),
            "value": kit.quantity(records),
            "note": _("records or parts; %s at stake") % kit.money(at_stake, contract),
            "tone": "warn" if records else "good",
            "url": address(cycle, "cycle_unpaid"),
        },
    ]


def _may_act(user: Any, step: str, cycle: Cycle) -> bool:
    action_name = PARTY_ACTIONS[step]
    if action_name in (PREPARES, APPROVES):
        return may_sign(user, action_name, cycle)
    return may_on(user, action_name, cycle.contract)


def _offers(user: Any, cycle: Cycle) -> list[dict[str, Any]]:
    """The decisions that this person may take now, with what each of them does."""
    steps = {
        CycleStatus.OPEN: [
            ("calculate", _("Calculate"), "primary", _("Works out everything owed and shows it. Nothing is posted."))
        ],
        CycleStatus.CALCULATED: [
            ("submit", _("Send for approval"), "primary", _("Your side's signature on exactly these figures.")),
            ("calculate", _("Calculate again"), "", _("Takes in what was recorded since.")),
        ],
        CycleStatus.IN_REVIEW: [
            ("approve", _("Approve"), "primary", _("Your side's signature. Closing posts exactly these figures."))
        ],
        CycleStatus.APPROVED: [
            (
                "close",
                _("Close the month"),
                "primary",
                _("Posts to the ledger and issues the statement. It cannot be undone."),
            )
        ],
        CycleStatus.CLOSED: [],
    }
    return [
        {"step": step, "label": label, "tone": tone, "note": note, "url": address(cycle, step)}
        for step, label, tone, note in steps[CycleStatus(cycle.status)]
        if _may_act(user, step, cycle)
    ]


def _in_background(request: HttpRequest, cycle: Cycle, kind: str, key: str) -> HttpResponse:
    job = enqueue(
        kind=kind,
        key=key,
        payload={"cycle": cycle.pk},
        actor=request.user,
        now=timezone.now(),
        organisation_id=cycle.organisation_id,
        url=address(cycle),
    )
    return HttpResponseRedirect(reverse("jobs:job", args=[job.pk]))


@action("cycle.run")
@require_POST
def calculate(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    require(request, "cycle.run", cycle.contract)
    # the key changes with every calculation: two clicks are one job, a later wish is another
    return _in_background(request, cycle, "cycle.calculate", f"{cycle.pk}:{cycle.calculated_at or 'first'}")


@action("cycle.prepare", step_up=gettext_lazy("Sign the month and send it for approval"))
@require_POST
def submit(request: HttpRequest, code: str, month: str) -> HttpResponse:
    return _decide(
        request,
        cycle_or_404(request, code, month),
        operations.submit_for_review,
        _("Sent for approval by the other side."),
    )


@action("cycle.approve", step_up=gettext_lazy("Approve the month"))
@require_POST
def approve(request: HttpRequest, code: str, month: str) -> HttpResponse:
    return _decide(
        request, cycle_or_404(request, code, month), operations.approve, _("Approved. The month can be closed.")
    )


@action("cycle.run", step_up=gettext_lazy("Close the month"))
@require_POST
def close(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    require(request, "cycle.run", cycle.contract)
    return _in_background(request, cycle, "cycle.close", f"{cycle.pk}:{cycle.approved_at}")


def _decide(request: HttpRequest, cycle: Cycle, operation: Any, sentence: str) -> HttpResponse:
    try:
        operation(cycle_id=cycle.pk, actor=request.user, now=timezone.now())
    except Refused as error:
        return refused(request, error, "variance/cycle.html", _cycle_context(request, _again(cycle)))
    return done(request, sentence, address(cycle))


def _again(cycle: Cycle) -> Cycle:
    cycle.refresh_from_db()
    return cycle


@action("cycle.prepare")
def send_back(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    form = SendBackForm(request.POST or None)
    context = {
        "form": form,
        "heading": _("Send back to open"),
        "lead": title(cycle),
        "crumbs": crumbs(cycle),
        "submit": _("Send back"),
        "cancel": address(cycle),
        "explain": _(
            "Signatures given so far are set aside, and the month has to be calculated and signed again. "
            "Nothing has been posted."
        ),
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.send_back(
                cycle_id=cycle.pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("The month is open again."), address(cycle))
    return render(request, "kit/form_page.html", context, status=form_status(form))
