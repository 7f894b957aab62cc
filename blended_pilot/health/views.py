"""For load balancers and watchers: nothing here tells anything about people or machines."""

from dataclasses import asdict
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import public
from blended_pilot.health import checks
from blended_pilot.health.metrics import told

UNAVAILABLE = 503
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@public
@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """This process answers. Restart it when it does not."""
    return JsonResponse({"status": "ok"})


@public
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Everything it needs answers too. Send it no requests while it does not (503)."""
    findings = checks.ready()
    ok = all(finding.ok for finding in findings.values())
    answer = {
        "status": "ok" if ok else "failing",
        "checks": {name: asdict(finding) for name, finding in findings.items()},
    }
    return JsonResponse(answer, status=200 if ok else UNAVAILABLE)


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus with the token of METRICS_TOKEN; refused to everybody where there is none."""
    expected, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if not expected or not compare_digest(given.encode(), f"Bearer {expected}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(told(), content_type=METRICS_TYPE)
