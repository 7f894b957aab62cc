"""Every view is a declared door: who is sent where, and what the access log keeps."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from accounts.doors import SIGNED_IN, action, public, require_at, visible_or_404
from accounts.middleware import MEMBERS_PER_ENTRY, Access
from accounts.models import AccessEntry, AccessVerb, Organisation, User
from accounts.permissions import NotAllowed
from accounts.urls import urlpatterns as pages
from blended_pilot.kernel.errors import Refused
from blended_pilot.urls import urlpatterns as everything
from tests.accounts.conftest import Place, signed_in


@action("people.manage")
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@action(SIGNED_IN)
def rolls_back(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Organisation.objects.create(code="half-done", name="Half done")
        request.access.note(verb="view", what="Member page", members=[7, 3, 7])
        raise Refused("March is closed.", ["The cycle of March was closed on 2 April."])


@action(SIGNED_IN)
def not_allowed(request: HttpRequest) -> HttpResponse:
    raise NotAllowed("Only the commissioner approves.")


@action(SIGNED_IN)
def at_place(request: HttpRequest, pk: int) -> HttpResponse:
    require_at(request, "people.manage", pk)
    return HttpResponse("inside")


@action(SIGNED_IN)
def own_account(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible_or_404(request, User.objects.filter(pk=request.user.pk), pk=pk)
    return HttpResponse(found.name)


@public
def for_everybody(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


urlpatterns = [
    path("t/guarded/", guarded),
    path("t/rolls-back/", rolls_back),
    path("t/not-allowed/", not_allowed),
    path("t/at/<int:pk>/", at_place),
    path("t/own/<int:pk>/", own_account),
    path("t/open/", for_everybody),
    *everything,
]
handler403 = "accounts.views.entrance.forbidden"
handler404 = "accounts.views.entrance.not_found"
handler500 = "accounts.views.entrance.failed"


@pytest.fixture(autouse=True)
def doors() -> object:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def kept() -> list[tuple[str, str, int | None, list[int]]]:
    return list(AccessEntry.objects.order_by("pk").values_list("verb", "what", "status", "members"))


def test_nobody_signed_in_goes_to_the_sign_in_page_and_back(db: None) -> None:
    answer = Client().get("/t/guarded/?month=2026-03")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/login/?next=%2Ft%2Fguarded%2F%3Fmonth%3D2026-03")


def test_a_fragment_sends_the_whole_page_to_sign_in(db: None) -> None:
    answer = Client().get("/t/guarded/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/login/?next=%2Ft%2Fguarded%2F")


def test_a_role_that_may_is_let_in(ours: Place) -> None:
    assert signed_in(ours.administrator).get("/t/guarded/").content == b"inside"


def test_a_role_that_may_not_is_refused_and_logged(ours: Place) -> None:
    answer = signed_in(ours.intake).get("/t/guarded/")

    assert answer.status_code == 403
    assert kept() == [(AccessVerb.REFUSED, "Your roles do not include this.", 403, [])]
    entry = AccessEntry.objects.get()
    assert (entry.user, entry.organisation, entry.path, entry.method) == (
        ours.intake,
        ours.organisation,
        "/t/guarded/",
        "GET",
    )


def test_the_log_outlives_the_rollback_of_what_was_refused(ours: Place) -> None:
    answer = signed_in(ours.intake).get("/t/rolls-back/")

    assert answer.status_code == 409
    assert b"The cycle of March was closed on 2 April." in answer.content
    assert not Organisation.objects.filter(code="half-done").exists()
    assert kept() == [
        (AccessVerb.VIEW, "Member page", 409, [3, 7]),
        (AccessVerb.REFUSED, "March is closed.", 409, []),
    ]


def test_a_permission_refused_by_an_operation_is_a_403(ours: Place) -> None:
    answer = signed_in(ours.intake).get("/t/not-allowed/")

    assert (answer.status_code, b"Only the commissioner approves." in answer.content) == (403, True)


def test_an_organisation_that_one_does_not_manage_is_refused(ours: Place, theirs: Place) -> None:
    client = signed_in(ours.administrator)

    assert client.get(f"/t/at/{ours.organisation.pk}/").status_code == 200
    assert client.get(f"/t/at/{theirs.organisation.pk}/").status_code == 403


def test_what_others_own_is_not_there_and_the_try_is_logged(ours: Place, theirs: Place) -> None:
    client = signed_in(ours.intake)

    assert client.get(f"/t/own/{theirs.intake.pk}/").status_code == 404
    assert client.get("/t/own/99999999999999999999/").status_code == 404
    assert [(verb, status) for verb, _what, status, _members in kept()] == [(AccessVerb.REFUSED, 404)]


def test_a_public_door_is_open(db: None) -> None:
    assert Client().get("/t/open/").content == b"open"


def test_an_unknown_action_fails_when_the_module_loads() -> None:
    with pytest.raises(KeyError):
        action("member.juggle")


def test_every_page_of_this_stage_declares_its_door() -> None:
    undeclared = [page.name for page in pages if not hasattr(_unwrapped(page.callback), "action")]

    assert undeclared == []


def _unwrapped(view: Callable[..., object]) -> Callable[..., object]:
    while not hasattr(view, "action") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


def test_a_deactivated_person_is_out_on_the_next_request(ours: Place) -> None:
    client = signed_in(ours.intake)
    assert client.get("/").status_code == 200

    User.objects.filter(pk=ours.intake.pk).update(is_active=False, deactivated_at="2026-01-01T00:00Z")

    assert client.get("/").status_code == 302
    with patch.object(ModelBackend, "user_can_authenticate", return_value=True):  # without the defence
        assert client.get("/").status_code == 200


def test_the_members_of_a_long_list_are_kept_in_several_rows(ours: Place) -> None:
    access = Access()
    access.note(verb="export", what="Members", members=[*range(MEMBERS_PER_ENTRY + 1), 7])
    request = RequestFactory().get("/members/")
    request.user = ours.intake

    access.write(request, HttpResponse())

    assert [len(members) for _verb, _what, _status, members in kept()] == [MEMBERS_PER_ENTRY, 1]
