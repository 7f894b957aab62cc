"""The description of the interface, read from what each endpoint declares, so that it cannot say otherwise."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

STATUSES = {
    "400": _("The body or a parameter cannot be read; nothing was looked at."),
    "401": _("Nobody is signed in, or the token is not in force."),
    "403": _("The person's roles, or the token's scope, do not include this."),
    "404": _("There is nothing here for this person."),
    "409": _("A rule, a gate or the state of things says no; nothing was written."),
    "422": _("The body was read and cannot be used; nothing was written."),
}


class Refusal(serializers.Serializer):
    """Why not, in a sentence for people, with what is missing one by one."""

    sentence = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    code = serializers.CharField(
        required=False,
        help_text=_("Of a 403 that the person can mend: confirm_first, or second_factor_required."),
    )


class InvalidBody(Refusal):
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class BadParameters(Refusal):
    known = serializers.ListField(child=serializers.CharField(), required=False)


class EndpointSchema(AutoSchema):
    """Reads `answers`, `takes`, `gives`, `query` and `filters` of an `accounts.api.endpoints.Endpoint`."""

    def get_operation_id(self) -> str:
        words = [word for word in self.path.split("/")[3:] if word and not word.startswith("{")]
        verb = {"GET": "list" if self._pages() else "get", "POST": "post"}[self.method]
        return "_".join([verb, *(word.replace("-", "_") for word in words)])

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return _name(type(serializer))

    def get_tags(self) -> list[str]:
        return [self.path.split("/")[3] or "interface"]

    def get_description(self) -> str:
        handler = getattr(self.view, self.method.lower(), None)
        return (getattr(handler, "__doc__", None) if self.method == "POST" else None) or self.view.__doc__ or ""

    def get_request_serializer(self) -> Any:
        return self.view.takes if self.method == "POST" else None

    def get_response_serializers(self) -> Any:
        if self.method == "GET" and getattr(self.view, "download", ""):
            return {("200", self.view.download): OpenApiTypes.BINARY, **_refusals("GET")}
        shown = self.view.gives if self.method == "POST" else self.view.answers
        good = str(self.view.created) if self.method == "POST" else "200"
        if shown is not None and self._pages():
            shown = _page(shown)
        found: dict[str, Any] = {good: shown or OpenApiResponse(OpenApiTypes.OBJECT)}
        return found | _refusals(self.method)

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = []
        if self.method == "POST":
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description=str(_("Sent again with the same body, the request is done once and answered alike.")),
                )
            )
            return found
        if self.view.query is not None:
            found.append(self.view.query)
        if self._pages():
            found += [*_parameters(self.view.filters), *_PAGING]
        return found

    def get_filter_backends(self) -> list[Any]:
        return []

    def _pages(self) -> bool:
        return self.method == "GET" and hasattr(self.view, "filters")


def _refusals(method: str) -> dict[str, Any]:
    kinds: dict[str, Any] = {"400": BadParameters, "422": InvalidBody}
    wanted = ["400", "401", "403", "404"] if method == "GET" else list(STATUSES)
    return {status: OpenApiResponse(kinds.get(status, Refusal), description=str(STATUSES[status])) for status in wanted}


_PAGING = [
    OpenApiParameter("page", OpenApiTypes.INT, description=str(_("From 1."))),
    OpenApiParameter("size", OpenApiTypes.INT, description=str(_("Rows a page, 1 to 200; 50 unless told."))),
]


def _parameters(filters: type[django_filters.FilterSet] | None) -> list[OpenApiParameter]:
    found = []
    for name, one in filters.base_filters.items() if filters else ():
        choices = one.extra.get("choices")
        codes = [str(code) for code, _label in choices] if isinstance(choices, list | tuple) else None
        found.append(OpenApiParameter(name, OpenApiTypes.STR, description=str(one.label or ""), enum=codes))
    return found


def _name(kind: Any) -> str:
    """The class's name; where another stage or noun has one of that name, with its module's before it."""
    if _named()[kind.__name__] == 1:
        return str(kind.__name__)
    app, *_between, module = kind.__module__.split(".")
    return "".join(word.title().replace("_", "") for word in (app, module)) + str(kind.__name__)


@cache  # every endpoint is known by the time that anybody asks
def _named() -> Counter[str]:
    def below(kind: Any) -> Iterator[Any]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    return Counter(kind.__name__ for kind in set(below(serializers.Serializer)))


@cache  # one page kind for each row kind, whoever lists it
def _page(row: Any) -> Any:
    return inline_serializer(
        name=f"{_name(row)}Page",
        fields={
            "count": serializers.IntegerField(),
            "page": serializers.IntegerField(),
            "size": serializers.IntegerField(),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": row(many=True),
        },
    )
