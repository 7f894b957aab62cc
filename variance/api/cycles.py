"""The monthly cycle: open, calculate, submit, approve, close; and what one calculation found."""

from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, pages_request, written_once
from accounts.api.fields import MonthField
from accounts.doors import require
from accounts.permissions import sides
from blended_pilot.jobs.api import ACCEPTED, JobShown
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue
from blended_pilot.kernel.periods import parse_month
from contracts.models import Contract
from variance.api.shown import CycleShown, ExceptionShown, GateShown, LineShown, MemberRows, RowShown, UnpaidShown
from variance.filters import CycleFilters, ExceptionFilters, LineFilters, UnpaidFilters
from variance.models import ACCEPTED as PAID
from variance.models import Cycle, CycleException
from variance.operations import cycles as operations
from variance.permissions import APPROVES, PREPARES
from variance.queries import pages

CREATED = 201


class OpenBody(Body):
    contract = serializers.CharField(max_length=60)
    month = MonthField()


class SendBackBody(Body):
    reason = serializers.CharField(max_length=1000)


class Cycles(ListEndpoint):
    """Each month of each contract, with what it posted or would post."""

    action = "cycle.view"
    writes = "cycle.run"
    answers = CycleShown
    filters = CycleFilters
    takes = OpenBody
    gives = CycleShown
    created = CREATED
    what = _("Cycles")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return pages.cycles().visible_to(request.user)

    @written_once
    def post(self, request: Request) -> Response:
        """Open the next month of a contract. Months run in order and without gaps."""
        wanted = self.body(request)
        contracts = Contract.objects.filter(sides(request.user, "cycle.view").of_contract())
        contract = self.visible(request, contracts, code=wanted["contract"])
        cycle = operations.open_cycle(
            contract_id=contract.pk, month=wanted["month"], actor=request.user, now=timezone.now()
        )
        return self.given(request, cycle)


class OfCycle(Endpoint):
    """What concerns one cycle."""

    action = "cycle.view"

    def cycle(self, request: Request, code: str, month: str) -> Cycle:
        rows = pages.cycles().visible_to(request.user).select_related("version")
        found: Cycle = self.visible(request, rows, contract__code=code, month=_first(month))
        return found


class OneCycle(OfCycle):
    """One month: where it stands, who signed, and what it posts."""

    answers = CycleShown

    def get(self, request: Request, code: str, month: str) -> Response:
        return self.answered(request, self.cycle(request, code, month))


class InBackground(OfCycle):
    """Work on a cycle that a worker does."""

    action = "cycle.run"
    takes = NoBody
    gives = JobShown
    created = ACCEPTED

    def allowed(self, request: Request, code: str, month: str) -> Cycle:
        self.body(request)
        found = self.cycle(request, code, month)
        require(pages_request(request), self.action, found.contract)
        return found

    def ask(self, request: Request, cycle: Cycle, kind: str, key: str) -> Job:
        return enqueue(
            kind=kind,
            key=key,
            payload={"cycle": cycle.pk},
            actor=request.user,
            now=timezone.now(),
            organisation_id=cycle.organisation_id,
            url=reverse("variance:cycle", args=[cycle.contract.code, f"{cycle.month:%Y-%m}"]),
        )


class Calculate(InBackground):
    @written_once
    def post(self, request: Request, code: str, month: str) -> Response:
        """Work out, in the background, what closing now would post. Nothing is posted."""
        cycle = self.allowed(request, code, month)
        # the key changes with every calculation: asked twice is one job, a later wish is another
        key = f"{cycle.pk}:{cycle.calculated_at or 'first'}"
        return self.given(request, self.ask(request, cycle, "cycle.calculate", key))


class Close(InBackground):
    step_up = True

    @written_once
    def post(self, request: Request, code: str, month: str) -> Response:
        """Post exactly what both sides signed, in the background, and issue the statement. It cannot be undone."""
        cycle = self.allowed(request, code, month)
        return self.given(request, self.ask(request, cycle, "cycle.close", f"{cycle.pk}:{cycle.approved_at}"))


class Submit(OfCycle):
    action = PREPARES
    step_up = True
    takes = NoBody
    gives = CycleShown

    @written_once
    def post(self, request: Request, code: str, month: str) -> Response:
        """Sign the preview as the side that prepares."""
        self.body(request)
        cycle = self.cycle(request, code, month)
        operations.submit_for_review(cycle_id=cycle.pk, actor=request.user, now=timezone.now())
        return self.given(request, self.cycle(request, code, month))


class Approve(OfCycle):
    action = APPROVES
    step_up = True
    takes = NoBody
    gives = CycleShown

    @written_once
    def post(self, request: Request, code: str, month: str) -> Response:
        """Sign the preview as the other side."""
        self.body(request)
        cycle = self.cycle(request, code, month)
        operations.approve(cycle_id=cycle.pk, actor=request.user, now=timezone.now())
        return self.given(request, self.cycle(request, code, month))


class SendBack(OfCycle):
    action = PREPARES
    takes = SendBackBody
    gives = CycleShown

    @written_once
    def post(self, request: Request, code: str, month: str) -> Response:
        """Back to open, with a reason; signatures given so far fall."""
        reason = self.body(request)["reason"]
        cycle = self.cycle(request, code, month)
        operations.send_back(cycle_id=cycle.pk, reason=reason, actor=request.user, now=timezone.now())
        return self.given(request, self.cycle(request, code, month))


class Lines(ListEndpoint, OfCycle):
    """What the month posts, or would post, at the grain of a statement."""

    answers = LineShown
    filters = LineFilters
    what = _("Lines")

    def rows(self, request: Request, code: str, month: str, **kwargs: Any) -> Any:
        return pages.lines_of(self.cycle(request, code, month))


class Rows(MemberRows, OfCycle):
    """The same one by one: each member-month and each record."""

    answers = RowShown
    filters = LineFilters
    what = _("Rows")

    def rows(self, request: Request, code: str, month: str, **kwargs: Any) -> Any:
        return pages.rows_of(self.cycle(request, code, month)).select_related("activity").order_by("pk")


class Gates(ListEndpoint, OfCycle):
    """Every gate of the contract for the month, then what still fails for earlier ones."""

    answers = GateShown
    what = _("Gates")

    def rows(self, request: Request, code: str, month: str, **kwargs: Any) -> Any:
        return pages.gates_of(self.cycle(request, code, month))


class Unpaid(MemberRows, OfCycle):
    """Records whose outcome is new in this month and that it does not pay."""

    answers = UnpaidShown
    filters = UnpaidFilters
    what = _("Not paid")

    def rows(self, request: Request, code: str, month: str, **kwargs: Any) -> Any:
        outcomes = pages.outcomes_of(self.cycle(request, code, month)).exclude(code__in=PAID)
        return outcomes.select_related("activity", "cycle").order_by("code", "occurred_on", "pk")


class Exceptions(MemberRows, OfCycle):
    """What the month could not pay or reach: shown and counted, not in the way of closing."""

    answers = ExceptionShown
    filters = ExceptionFilters
    what = _("Exceptions")

    def rows(self, request: Request, code: str, month: str, **kwargs: Any) -> Any:
        found = CycleException.objects.filter(cycle=self.cycle(request, code, month))
        return found.select_related("activity").order_by("code", "service_month", "pk")


def _first(month: str) -> date:
    try:
        return parse_month(month)
    except ValueError:
        raise Http404 from None
