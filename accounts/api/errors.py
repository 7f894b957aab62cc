"""Every "no" of the interface, as one kind of body: {"sentence", "reasons"} and, for input, {"fields"}."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.permissions import NotAllowed
from accounts.sessions import ConfirmFirst
from blended_pilot.kernel.errors import Refused, Unusable

UNUSABLE = 422
SENTENCES = {
    401: gettext_lazy("Sign in, or send a token that is in force."),
    404: gettext_lazy("There is nothing here for you."),
    405: gettext_lazy("This address does not take that method."),
    406: gettext_lazy("The interface answers in JSON only."),
    415: gettext_lazy("Send the body as application/json."),
}


CONFIRM_FIRST = gettext_lazy(
    "This needs a token made for signing and closing, or somebody who has just signed in with a browser."
)


class NeedsSecondFactor(NotAllowed):
    """The person's role asks for a second factor, and they have none."""


class BadQuery(Exception):
    """A query parameter that is not declared, or whose value cannot be used. The reply names the known ones."""

    def __init__(self, sentence: str, known: list[str], fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.known = known
        self.fields = dict(fields or {})


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for a fault of the program, which is logged and answered with 500."""
    found = _body(error)
    if found is None:
        return None
    code, body, headers = found
    set_rollback()
    if code in (status.HTTP_403_FORBIDDEN, status.HTTP_409_CONFLICT):
        context["request"]._request.access.refused(body["sentence"])
    return Response({"reasons": [], **body}, status=code, headers=headers)


def _body(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]] | None:
    found: tuple[int, dict[str, Any]] | None = None
    match error:
        case ConfirmFirst():
            found = status.HTTP_403_FORBIDDEN, {"sentence": str(CONFIRM_FIRST), "code": "confirm_first"}
        case NeedsSecondFactor():
            found = status.HTTP_403_FORBIDDEN, {"sentence": error.sentence, "code": "second_factor_required"}
        case Refused():
            code = status.HTTP_403_FORBIDDEN if isinstance(error, NotAllowed) else status.HTTP_409_CONFLICT
            found = code, {"sentence": error.sentence, "reasons": list(error.reasons)}
        case Unusable():
            found = UNUSABLE, {"sentence": error.sentence, "reasons": list(error.reasons), "fields": {}}
        case BadQuery():
            body = {"sentence": error.sentence, "known": error.known, "fields": error.fields}
            found = status.HTTP_400_BAD_REQUEST, body
        case exceptions.ValidationError():
            found = UNUSABLE, _invalid(error.detail)
        case Http404() | exceptions.NotFound():
            found = status.HTTP_404_NOT_FOUND, {"sentence": str(SENTENCES[404])}
        case PermissionDenied():
            found = status.HTTP_403_FORBIDDEN, {"sentence": str(error) or _("Your roles do not include this.")}
        case exceptions.APIException():
            return _of_framework(error)
    return (*found, {}) if found else None


def _of_framework(error: exceptions.APIException) -> tuple[int, dict[str, Any], dict[str, str]]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))
    return error.status_code, {"sentence": str(SENTENCES.get(error.status_code, error.detail))}, headers


def _invalid(detail: Any) -> dict[str, Any]:
    fields = flat(detail)
    return {
        "sentence": _("The body cannot be used as it is."),
        "reasons": [f"{name}: {sentence}" for name, sentences in fields.items() for sentence in sentences],
        "fields": fields,
    }


def flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """A nested error of DRF as {path of the field: sentences}."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= flat(inner, f"{path}.{name}" if path else str(name))
        return found
    if isinstance(detail, list) and any(isinstance(inner, Mapping) for inner in detail):
        return {k: v for number, inner in enumerate(detail) for k, v in flat(inner, f"{path}[{number}]").items()}
    return {path: [str(one) for one in detail] if isinstance(detail, list) else [str(detail)]}
