"""Who is asking: a person's token, or the session of their browser (with its CSRF token)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import PersonalToken, User
from accounts.operations.tokens import digest, used
from accounts.permissions import scope_of
from accounts.queries.tokens import token_in_force
from blended_pilot.kernel.scope import become

KEYWORD = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[User, PersonalToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        token = None
        if len(words) == 2:
            token = token_in_force(digest(words[1].decode("latin-1")), timezone.now())
        if token is None:
            raise AuthenticationFailed(_("This token is not in force."))
        used(token=token, now=timezone.now())
        become(scope_of(token.user))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


class BrowserAuthentication(SessionAuthentication):
    """The session of the pages. A write must carry the CSRF token."""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": _("A personal token, made under “My profile”.")}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BrowserAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
