"""How allauth works here: no sign-up, sealed second factors, and every sign-in stands in the access log."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.models import User
from accounts.operations.sign_ins import signed_in
from accounts.providers import elsewhere
from accounts.queries.second_factors import FACTORS, must_have
from blended_pilot.kernel.sealed import seal, unseal

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def attempted_address(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Whose sign-in is tried: the address in one case, so that no other spelling escapes a lockout (used by axes)."""
    told = (credentials or {}).get("email") or (request.POST.get("login", "") if request else "")
    return str(told).strip().lower()[:255]


def browser_kind(request: HttpRequest) -> str:
    """ "Firefox on Linux": coarse, so that neither an update nor a new address makes a browser look new."""
    told = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in told), _("another browser"))
    system = next((name for mark, name in SYSTEMS if mark in told), _("another system"))
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by axes alone, so that there is one answer to too many of them."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password for an account stands in the log of its organisations; unknown addresses leave no row."""
        user = User.objects.filter(email__iexact=attempted_address(request, credentials), is_system=False).first()
        if user is not None:
            for organisation_id in set(user.memberships.values_list("organisation_id", flat=True)):
                request.access.refused(  # type: ignore[attr-defined]
                    _("Wrong password for %(email)s") % {"email": user.email}, organisation_id=organisation_id
                )
        super().authentication_failed(request, **credentials)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Changing how an account is protected asks once more, unless the person signed in just now.

        Raises ReauthenticationRequired for whoever confirms at an identity provider: allauth would ask them nothing.
        """
        required = super().is_reauthentication_required(app=app, **kwargs)
        if not required or not settings.STEP_UP_MINUTES:
            return required
        if sessions.fresh(self.request):
            return False
        if elsewhere(self.request) and not get_reauthentication_flows(self.request.user):
            raise ReauthenticationRequired
        return True

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """With the identity provider last, for those who come in through it."""
        found = super().get_reauthentication_methods(user)
        provider = elsewhere(self.request)
        if provider is None:
            return found
        words = _("Sign in once more with %(provider)s") % {"provider": provider.name}
        return [*found, {"id": "elsewhere", "description": words, "url": resolve_url("accounts:confirm_elsewhere")}]

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        request.access.note(verb="sign_in", what=_("Signed in"))  # type: ignore[attr-defined]
        signed_in(user=user, browser=browser_kind(request), now=timezone.now())
        return super().post_login(request, user, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed in the database; a demanded factor cannot be taken away by its owner."""

    def encrypt(self, text: str) -> str:
        return seal(text, settings.MFA_ENCRYPTION_KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, settings.MFA_ENCRYPTION_KEYS)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS).exclude(pk=authenticator.pk)
        return others.exists() or not must_have(authenticator.user, settings.MFA_REQUIRED_ROLES)


class SocialAdapter(DefaultSocialAccountAdapter):
    """An identity provider says who somebody is; whether they have an account is for an administrator."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in the active person who has the verified address that the provider tells, and nobody else.

        Whoever is inside and was sent there to confirm comes back with this, too: only they, and only just now.
        """
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            self._confirm(request, sociallogin)
            return
        told = {address.email.strip().lower() for address in sociallogin.email_addresses if address.verified is True}
        user = sociallogin.user if sociallogin.is_existing else None
        if user is None and len(told) == 1:
            user = User.objects.filter(email__iexact=told.pop(), is_system=False).first()
        if user is None or not user.is_active:
            request.access.refused(_("Sign-in by the identity provider without an account"))  # type: ignore[attr-defined]
            messages.error(request, _("There is no account for you here. Ask an administrator of your organisation."))
            raise ImmediateHttpResponse(HttpResponseRedirect(resolve_url(settings.LOGIN_URL)))
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)

    def _confirm(self, request: HttpRequest, sociallogin: Any) -> None:
        is_they = request.user.is_authenticated and sociallogin.is_existing and sociallogin.user == request.user
        told = sociallogin.account.extra_data.get("id_token") or {}
        if is_they and sessions.confirmed_elsewhere(request, told.get("auth_time")):
            return
        request.access.refused(_("Confirmation by the identity provider that does not prove who it is"))  # type: ignore[attr-defined]
        messages.error(request, _("That did not confirm that it is you. Sign in there once more, as yourself."))
        raise ImmediateHttpResponse(HttpResponseRedirect(resolve_url("accounts:confirm_elsewhere")))
