"""The second look: the cases that were drawn, and one of them without its outcome."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import UNPROCESSABLE, action, done, form_status, refused, visible_or_404
from accounts.permissions import may_on, sides
from authorizations import filters, forms, tables
from authorizations.models import SecondLook
from authorizations.operations import second_looks as operations
from authorizations.queries.second_looks import levels_of
from authorizations.queries.shown_triggers import shown_triggers
from authorizations.rules.terms import service_name
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.listing import list_page


@action("second_look.view")
def second_looks(request: HttpRequest) -> HttpResponseBase:
    rows = SecondLook.objects.visible_to(request.user).select_related("contract", "round", "reviewer", "decision")
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Second looks"),
        name="second-looks",
        rows=rows.order_by("-round__month", "contract__code", "position", "pk"),
        table=tables.SecondLookTable,
        filters=filters.SecondLookFilter,
        context={
            "heading": _("Second looks"),
            "lead": _(
                "Every month a sample of approvals and denials is decided again by a clinical lead of the "
                "commissioner's side who does not know how they went. What was decided first shows here once the "
                "second look is given."
            ),
            "empty_title": _("No decision has been drawn"),
            "empty_text": _("Last month's sample is drawn in the night after the month has ended."),
        },
    )


@action("second_look.view")
def second_look(request: HttpRequest, pk: int) -> HttpResponse:
    rows = SecondLook.objects.visible_to(request.user).select_related(
        "contract", "round", "reviewer", "decision__request__assessment"
    )
    case: SecondLook = visible_or_404(request, rows, pk=pk)
    levels = levels_of(case)
    form = forms.SecondLookForm(request.POST or None, levels={} if case.decision.service else levels)
    words = _("Case %(number)s") % {"number": case.position}
    context: dict[str, Any] = {
        "case": case,
        "contract": case.contract,
        "asked": case.decision.request,
        "service": service_name(case.decision.terms, case.decision.service),
        "levels": levels,
        "triggers": shown_triggers(case.decision.working.get("triggers", []), case.contract_id),
        "questions": case.decision.working.get("questions", []),
        "evidence": [
            {**one, "kind": one["file_name"].rpartition(".")[2].upper()} for one in case.decision.evidence
        ],  # without their names, which may be a person's
        "may_look": _may_look(request, case),
        "seed": case.round.seed if _may_know_the_seed(request, case) else "",
        "reads_narrative": may_on(request.user, "clinical.view", case.contract),
        "form": form,
        "submit": _("Give the second look"),
        "heading": words,
        "crumbs": [(_("Second looks"), reverse("authorizations:second_looks")), (words, "")],
    }
    template = "authorizations/second_look.html"
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=_("Second look, without identity"), members=[case.decision.member_id]
    )
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context, status=form_status(form))
    try:
        operations.look(
            second_look_id=case.pk,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as error:
        return refused(request, error, template, context)
    except Unusable as error:
        return render(request, template, {**context, "refusal": error}, status=UNPROCESSABLE)
    return done(request, _("Your second look is kept."), "authorizations:second_look", case.pk)


def _may_know_the_seed(request: HttpRequest, case: SecondLook) -> bool:
    """With it and the register anybody works out which entries were drawn: not who still looks at them blindly."""
    looks = case.contract.commissioner_id in sides(request.user, "second_look.give").commissioner
    return not (looks and case.round.looks.filter(looked_at=None).exists())


def _may_look(request: HttpRequest, case: SecondLook) -> bool:
    return (
        case.looked_at is None
        and case.contract.commissioner_id in sides(request.user, "second_look.give").commissioner
        and request.user.pk not in (case.decision.decided_by_id, case.decision.requested_by_id)
    )
