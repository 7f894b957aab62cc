"""How allauth works here: no sign-up, and every sign-in stands in the access log."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User


def attempted_address(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Whose sign-in is tried: the address in one case, so that no other spelling escapes a lockout (used by axes)."""
    told = (credentials or {}).get("email") or (request.POST.get("login", "") if request else "")
    return str(told).strip().lower()[:255]


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password for an account stands in the log of its organisations; unknown addresses leave no row."""
        user = User.objects.filter(email__iexact=attempted_address(request, credentials), is_system=False).first()
        if user is not None:
            for organisation_id in set(user.memberships.values_list("organisation_id", flat=True)):
                request.access.refused(  # type: ignore[attr-defined]
                    _("Wrong password for %(email)s") % {"email": user.email}, organisation_id=organisation_id
                )
        super().authentication_failed(request, **credentials)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        request.access.note(verb="sign_in", what=_("Signed in"))  # type: ignore[attr-defined]
        return super().post_login(request, user, **kwargs)
