"""For load balancers and watchers: nothing here tells anything about people or machines."""

from dataclasses import asdict

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import public
from blended_pilot.health import checks

UNAVAILABLE = 503


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
