"""A page with every partial of the kit, for the browser tests: the product itself does not serve it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path

from accounts.doors import public
from accounts.forms import AddPersonForm
from accounts.models import Organisation
from blended_pilot.kernel.charts import figure
from blended_pilot.kernel.errors import Refused
from blended_pilot.urls import urlpatterns as everything

PAGE = (Path(__file__).parent / "gallery.html").read_text()
MONTHS = ["2026-01", "2026-02", "2026-03"]
PAID = [(month, name, 100 + 20 * index) for index, month in enumerate(MONTHS) for name in ("Baseline", "Activity")]


@public
def gallery(request: HttpRequest) -> HttpResponse:
    contract = SimpleNamespace(timezone="America/New_York", currency="USD")
    at = datetime(2026, 3, 8, 12, 30, tzinfo=UTC)
    form = AddPersonForm({"name": "", "email": "nowhere"}, organisations=Organisation.objects.all())
    chart = {
        "width": 480,
        "height": 200,
        "data": {"values": [{"month": month, "component": name, "amount": amount} for month, name, amount in PAID]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "amount", "type": "quantitative", "title": "USD thousand"},
            "color": {"field": "component", "type": "nominal"},
        },
    }
    context = {
        "contract": contract,
        "at": at,
        "day": date(2026, 3, 1),
        "amount": Decimal("-1083.00"),
        "ratio": Decimal("0.814"),
        "form": form,
        "refusal": Refused("March 2026 is closed.", ["Post this in the April cycle."])
        if "refused" in request.GET
        else None,
        "crumbs": [("Start", "/"), ("Gallery", "")],
        "kpis": [
            {"label": "Members", "value": "1,204", "note": "covered on the last day", "tone": "good", "url": "/"},
            {"label": "Within target", "value": "81%", "note": "of 32 decisions in March", "tone": "bad"},
            {"label": "Against plan", "value": "+3.4%", "note": "without unpaid records", "tone": "warn"},
            {"label": "Open", "value": "3", "tone": "info"},
        ],
        "steps": [
            {"label": "Open", "state": "done", "note": "1 April"},
            {"label": "Calculated", "state": "current"},
            {"label": "Closed", "state": ""},
        ],
        "tabs": [("Timeline", "?", True), ("Activity", "?tab=activity", False)],
        "facts": [("Reference", "M-0001"), ("Cohort", "Older adults", "since January"), ("Team", "")],
        "events": [
            {"at": at, "title": "Level 2 decided", "text": "Review", "who": "Ann Lee", "tone": "good", "url": "/"}
        ],
        "changes": [
            {
                "at": at,
                "by": "",
                "sentence": "Coverage was changed.",
                "fields": [{"field": "Last day", "before": "open", "after": "April 30, 2026"}],
                "reason": "The roster was wrong.",
            }
        ],
        "figure": figure(
            chart,
            title="Payments by component",
            finding="Both components have grown since January.",
            header=["Month", "Component", "Amount"],
            rows=[(month, name, amount) for month, name, amount in PAID],
            note="January to March 2026; unpaid records are not in it.",
        ),
    }
    return HttpResponse(Template(PAGE).render(RequestContext(request, context)))


urlpatterns = [path("gallery/", gallery), *everything]
handler403 = "accounts.views.entrance.forbidden"
handler404 = "accounts.views.entrance.not_found"
handler500 = "accounts.views.entrance.failed"
