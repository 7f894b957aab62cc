"""Being sure who it is: adding a second factor that is demanded, and going on after confirming who one is."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import sessions
from accounts.doors import SIGNED_IN, action
from accounts.providers import elsewhere, send_to_confirm
from accounts.queries.second_factors import has_one


@never_cache
@action(SIGNED_IN, enrols=True)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Your role asks for a second factor: which ones there are. With one, back to where the person was going."""
    onwards = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onwards, allowed_hosts={request.get_host()}):
        onwards = resolve_url("accounts:home")
    if has_one(request.user.pk):
        return HttpResponseRedirect(onwards)
    return render(request, "accounts/second_factor.html", {"heading": _("Add a second factor"), "onwards": onwards})


@never_cache
@action(SIGNED_IN, enrols=True)
def confirm_elsewhere(request: HttpRequest) -> HttpResponse:
    """Whoever comes in through an identity provider confirms there who they are."""
    provider = elsewhere(request)
    if provider is None:
        return HttpResponseRedirect(resolve_url("accounts:home"))
    onwards = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onwards, allowed_hosts={request.get_host()}):
        onwards = resolve_url("accounts:go_on")
    if request.method == "POST":
        return send_to_confirm(request, provider, onwards)
    context = {"heading": _("Confirm that it is you"), "provider": provider.name, "onwards": onwards}
    return render(request, "account/reauthenticate_elsewhere.html", context)


@never_cache
@action(SIGNED_IN)
def go_on(request: HttpRequest) -> HttpResponse:
    """What waited while the person confirmed who they are: one more press, and it is done."""
    waiting = sessions.kept(request)
    if waiting is None:
        return HttpResponseRedirect(resolve_url("accounts:home"))
    return render(request, "accounts/go_on.html", {"waiting": waiting, "heading": _("Thank you, it is you")})
