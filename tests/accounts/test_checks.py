"""A view that does not say who may open it stops the program before it starts."""

from django.core.checks import registry
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from accounts.checks import UNDECLARED, UNKNOWN, every_view_declares_its_action
from accounts.doors import SIGNED_IN, action, public


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open to everybody")


@action(SIGNED_IN)
def declared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@public
def open_to_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("outside")


def misspelt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


misspelt.action = "member.veiw"  # type: ignore[attr-defined]

urlpatterns = [
    path("inside/", declared),
    path("outside/", open_to_all),
    path("below/", include([path("forgotten/", undeclared), path("misspelt/", misspelt)])),
]


def test_every_view_of_the_program_declares_its_action() -> None:
    assert every_view_declares_its_action() == []
    assert every_view_declares_its_action in registry.registry.get_checks()


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_an_action_and_one_that_the_policy_does_not_know_are_errors() -> None:
    found = every_view_declares_its_action()

    assert [(error.id, error.msg.split()[3]) for error in found] == [
        (UNDECLARED, "below/forgotten/"),
        (UNKNOWN, "below/misspelt/"),
    ]
