"""The description of the interface (OpenAPI 3.1), and its page to try it in the browser."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from accounts.api.endpoints import Door
from accounts.api.sign_in import BrowserAuthentication, TokenAuthentication
from accounts.doors import SIGNED_IN


class _Signed:
    """For every signed-in person."""

    action = SIGNED_IN
    step_up = False
    authentication_classes = (TokenAuthentication, BrowserAuthentication)
    permission_classes = (Door,)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)  # type: ignore[misc]
        view.action = cls.action
        return view

    def action_of(self, method: str | None) -> str:
        return self.action


class Schema(_Signed, SpectacularJSONAPIView):  # type: ignore[misc]
    """The description itself."""


class Swagger(_Signed, SpectacularSwaggerSplitView):  # type: ignore[misc]
    """Page and script are two answers, and nothing in them is inline: the policy of every other page holds."""

    url_name = "accounts_api:schema"
    template_name = "accounts/swagger.html"
