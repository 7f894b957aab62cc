"""The identity provider of this installation, for those who come in through it."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from django.http import HttpRequest, HttpResponse

from accounts import sessions

PROVIDER = "provider"
# sign in now, whatever session there is over there, and say when that was (`auth_time`)
ASK_NOW = {"prompt": "login", "max_age": "0"}


def elsewhere(request: HttpRequest) -> Any:
    """The provider at which the person of the request can confirm who they are; None without one."""
    if not SocialAccount.objects.filter(user=request.user.pk, provider=PROVIDER).exists():
        return None
    found = get_adapter().list_providers(request)
    return next((one for one in found if one.sub_id == PROVIDER), None)


def send_to_confirm(request: HttpRequest, provider: Any, onwards: str) -> HttpResponse:
    """Away to the provider, and back to `onwards`."""
    sessions.asks_elsewhere(request)
    answer: HttpResponse = provider.redirect(
        request, process=AuthProcess.REDIRECT, next_url=onwards, auth_params=dict(ASK_NOW)
    )
    return answer
