import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from accounts.models import Organisation
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.middleware import RequestLog


def answering(view):
    return RequestLog(view)


@pytest.mark.django_db
def test_history_carries_the_id_that_the_response_shows():
    def view(request: HttpRequest) -> HttpResponse:
        with recording(actor=None):
            Organisation.objects.create(code="alder", name="Alder")
        return HttpResponse()

    response = answering(view)(RequestFactory().get("/"))

    assert len(response["X-Request-ID"]) == 36
    assert Organisation.history.get().request_id == response["X-Request-ID"]


def test_two_requests_have_two_ids_and_neither_is_the_callers():
    middleware = answering(lambda request: HttpResponse())
    ids = {
        middleware(RequestFactory().get("/", headers={"X-Request-ID": "chosen-outside"}))["X-Request-ID"]
        for _ in range(2)
    }

    assert len(ids) == 2
    assert "chosen-outside" not in ids


def test_a_request_is_told_by_its_route_and_not_by_its_address():
    request = RequestFactory().get("/members/H-0007/?q=Jane+Doe")
    assert RequestLog.format_request(request) == "GET (no such page)"

    request.resolver_match = ResolverMatch(lambda: None, (), {}, route="members/<str:reference>/")
    assert RequestLog.format_request(request) == "GET members/<str:reference>/"
