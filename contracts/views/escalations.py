"""Signs that wait for a decision, and the decisions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import UNPROCESSABLE, action, done, form_status, refused, visible_or_404
from accounts.models import Role
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.listing import list_page
from contracts import filters, forms, tables
from contracts.models import Escalation
from contracts.operations import escalations as operations
from contracts.queries.escalations import sign_words
from contracts.queries.versions import local_today


@action("escalation.view")
def escalations(request: HttpRequest) -> HttpResponse:
    rows = Escalation.objects.visible_to(request.user).select_related("contract", "owner")
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Escalations"),
        name="escalations",
        rows=rows.order_by("-status", "due_on", "pk"),  # open before decided
        table=tables.EscalationTable,
        filters=filters.EscalationFilter,
        context={
            "heading": _("Escalations"),
            "lead": _("A sign went past its limit. Each stays here until somebody writes down what is done about it."),
            "empty_title": _("Nothing is escalated"),
            "empty_text": _("Signs and their limits are agreed in each contract."),
        },
    )


@action("escalation.view")
def escalation(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    form = forms.DecideForm(request.POST or None)
    words = f"{sign_words(found.sign)} {found.subject}".strip()
    context = {
        "escalation": found,
        "contract": found.contract,
        "heading": words,
        "roles": ", ".join(str(Role(role).label) for role in found.recipients),
        "late": found.status == "open" and found.due_on < local_today(found.contract, timezone.now()),
        "form": form,
        "submit": _("Record the decision"),
        "may_decide": operations.may_decide(request.user, found),  # type: ignore[arg-type]
        "crumbs": [(_("Escalations"), reverse("contracts:escalations")), (words, "")],
    }
    template = "contracts/escalation.html"
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context, status=form_status(form))
    try:
        operations.decide(
            escalation_id=found.pk,
            decision=form.cleaned_data["decision"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, template, context)
    except Unusable as error:
        return render(request, template, {**context, "refusal": error}, status=UNPROCESSABLE)
    return done(request, _("The decision is recorded."), "contracts:escalation", found.pk)


@action("escalation.decide")
@require_POST
def take_on(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    operations.take_on(escalation_id=found.pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    return done(request, _("You have taken it on."), "contracts:escalation", found.pk)


def _visible(request: HttpRequest, pk: int) -> Escalation:
    rows = Escalation.objects.visible_to(request.user).select_related("contract", "owner", "decided_by")
    found: Escalation = visible_or_404(request, rows, pk=pk)
    return found
