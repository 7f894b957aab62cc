"""The base of every endpoint: who may, which parameters there are, how a list is paged, how a write is done once."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import wraps
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.paginator import EmptyPage, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from accounts.api.bodies import GuardedJSONParser
from accounts.api.errors import BadQuery, NeedsSecondFactor, flat
from accounts.api.schema import EndpointSchema
from accounts.api.sign_in import BrowserAuthentication, TokenAuthentication
from accounts.doors import SIGNED_IN, visible_or_404
from accounts.models import TokenScope
from accounts.operations.replies import Reply, once
from accounts.permissions import POLICY, may
from accounts.queries.second_factors import lacks
from accounts.sessions import ConfirmFirst, fresh
from blended_pilot.kernel.errors import Unusable
from blended_pilot.kernel.periods import in_our_time
from blended_pilot.kernel.validation import far_away

PAGE_SIZE = 50
LARGEST_PAGE = 200
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 100


class Door(BasePermission):
    """A signed-in person who may do the endpoint's action somewhere, with a token whose scope allows the method.

    A second factor that is demanded and missing closes every endpoint, for tokens as for browsers.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if lacks(request.user, settings.MFA_REQUIRED_ROLES):
            raise NeedsSecondFactor(_("Your role asks for a second factor. Sign in with a browser and add one."))
        if request.method not in SAFE_METHODS and getattr(request.auth, "scope", "") == TokenScope.READ:
            raise PermissionDenied(_("This token only reads."))
        name = view.action_of(request.method)
        if name != SIGNED_IN and not may(request.user, name):
            raise PermissionDenied(_("Your roles do not include this."))
        access(request).fresh = lambda: _sure(request)
        if request.method not in SAFE_METHODS and view.step_up and not _sure(request):
            raise ConfirmFirst
        return True


def _sure(request: Request) -> bool:
    """Whether it is surely the person: a token made for signing and closing, or a browser's fresh sign-in."""
    if request.auth is not None:
        return bool(request.auth.scope == TokenScope.SIGN)
    return fresh(pages_request(request))


class Endpoint(APIView):
    """An address. `action` is what the policy knows it by; `writes` where posting to it is another action."""

    action: ClassVar[str]
    writes: ClassVar[str] = ""
    step_up: ClassVar[bool] = False  # posting cannot be undone: a token for signing, or a fresh sign-in
    query: ClassVar[type[serializers.Serializer] | None] = None  # parameters of the address
    answers: ClassVar[type[serializers.BaseSerializer] | None] = None  # what a GET gives; of a list: one row
    takes: ClassVar[type["Body"] | None] = None  # what a POST takes
    gives: ClassVar[type[serializers.BaseSerializer] | None] = None  # what a POST gives
    upload_limit: ClassVar[int | None] = None  # bytes of one file; beyond it nothing is taken in
    created: ClassVar[int] = 200  # the status of a POST that did something
    schema = EndpointSchema()
    authentication_classes = (TokenAuthentication, BrowserAuthentication)
    permission_classes = (Door,)
    parser_classes: Sequence[type[BaseParser]] = (GuardedJSONParser,)
    http_method_names = ("get", "post", "head")

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        for name in filter(None, (cls.action, cls.writes)):
            if name != SIGNED_IN:
                POLICY[name]  # an action the policy does not know fails when the module loads
        view = super().as_view(**initkwargs)
        view.action = cls.action
        view.upload_limit = cls.upload_limit  # for blended_pilot.kernel.uploads
        return view

    def action_of(self, method: str | None) -> str:
        return self.action if method in SAFE_METHODS else self.writes or self.action

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if getattr(self, request.method.lower(), None) is not None:
            self.check_parameters(request)

    def check_parameters(self, request: Request) -> None:
        """Raise BadQuery for a query parameter that this address does not declare."""
        known = self.known_parameters()
        for name in request.query_params:
            if name not in known:
                raise BadQuery(_("There is no parameter %(name)s here.") % {"name": ascii(name)}, sorted(known))

    def known_parameters(self) -> set[str]:
        return set(self.query().fields) if self.query else set()

    def asked(self, request: Request) -> dict[str, Any]:
        """The declared parameters of the request, parsed. Raises BadQuery."""
        if self.query is None:
            return {}
        wanted = self.query(data=request.query_params.dict())
        if not wanted.is_valid():
            raise _unusable_query(flat(wanted.errors), self.known_parameters())
        return dict(wanted.validated_data)

    def visible(self, request: Request, rows: QuerySet[Any], **lookup: Any) -> Any:
        return visible_or_404(pages_request(request), rows, **lookup)

    def body(self, request: Request) -> dict[str, Any]:
        """The posted body as `takes` reads it. DRF's ValidationError becomes 422."""
        wanted = (self.takes or NoBody)(data=request.data)
        wanted.is_valid(raise_exception=True)
        return dict(wanted.validated_data)

    def given(self, request: Request, record: Any, **context: Any) -> Response:
        """The answer to a POST."""
        assert self.gives is not None
        return Response(self.gives(record, context={"request": request, **context}).data, status=self.created)

    def answered(self, request: Request, record: Any, **context: Any) -> Response:
        """The answer to a GET."""
        assert self.answers is not None
        return Response(self.answers(record, context={"request": request, **context}).data)


class ListEndpoint(Endpoint):
    """Pages of rows. Subclasses give `rows(request)` (in order, `visible_to` the person) and `shown(request, rows)`."""

    filters: ClassVar[type[django_filters.FilterSet] | None] = None
    what: ClassVar[Any] = ""  # names the list in the access log

    def rows(self, request: Request, **kwargs: Any) -> Any:
        raise NotImplementedError

    def shown(self, request: Request, records: Sequence[Any], **kwargs: Any) -> Sequence[Any]:
        """JSON-ready rows of one page."""
        assert self.answers is not None
        return self.answers(records, many=True, context=self.context(request, records)).data

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        """What the rows of one page need besides themselves, asked for once."""
        return {"request": request}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        """Ids of the members whose identity a page tells: written to the access log."""
        return ()

    def known_parameters(self) -> set[str]:
        of_filters = set(self.filters.base_filters) if self.filters else set()
        return super().known_parameters() | of_filters | {"page", "size"}

    def get(self, request: Request, **kwargs: Any) -> Response:
        rows = self._narrowed(request, self.rows(request, **kwargs))
        number, size = self._number(request, "page", 1), self._number(request, "size", PAGE_SIZE)
        if size > LARGEST_PAGE:
            raise _unusable_query(
                {"size": [_("A page holds at most %(most)s rows.") % {"most": LARGEST_PAGE}]}, self.known_parameters()
            )
        paginator = Paginator(rows, size)
        try:
            page = paginator.page(number)
        except EmptyPage:
            raise Http404 from None
        records = list(page.object_list)
        identities = list(self.identified(request, records))
        if identities:
            access(request).note(verb="view", what=str(self.what), members=identities)
        return Response(
            {
                "count": paginator.count,
                "page": number,
                "size": size,
                "next": self._address(request, number + 1) if page.has_next() else None,
                "previous": self._address(request, number - 1) if page.has_previous() else None,
                "results": self.shown(request, records, **kwargs),
            }
        )

    def _narrowed(self, request: Request, rows: Any) -> Any:
        if self.filters is None:
            return rows
        wanted = self.filters(request.query_params, queryset=rows, request=request)
        if not wanted.is_valid():
            fields = {name: [str(one) for one in errors] for name, errors in wanted.errors.items()}
            raise _unusable_query(fields, self.known_parameters())
        return wanted.qs

    def _number(self, request: Request, name: str, otherwise: int) -> int:
        text = request.query_params.get(name, str(otherwise))
        if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
            raise _unusable_query({name: [_("Give a whole number from 1.")]}, self.known_parameters())
        return int(text)

    def _address(self, request: Request, page: int) -> str:
        wanted = request.query_params.copy()
        wanted["page"] = str(page)
        return f"{request.path}?{wanted.urlencode()}"


class Body(serializers.Serializer):
    """A posted body. A field that is not declared is refused: a typing error must not pass for a wish."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown})
        values: dict[str, Any] = super().to_internal_value(data)
        far = [name for name, value in values.items() if isinstance(value, date) and not in_our_time(value)]
        if far:
            raise serializers.ValidationError({name: [far_away()] for name in far})
        return values


class NoBody(Body):
    """A wish that needs no more words than its address."""


def written_once(handler: Callable[..., Response]) -> Callable[..., Response]:
    """A write that, under an `Idempotency-Key`, is done once however often it is sent."""

    @wraps(handler)
    def post(view: Endpoint, request: Request, **kwargs: Any) -> Response:
        data = request.data  # a body that cannot be read is refused before the key is looked at
        key = request.headers.get(KEY_HEADER)
        if key is None:
            return handler(view, request, **kwargs)
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Unusable(_("An idempotency key has 1 to %(most)s printable characters.") % {"most": LONGEST_KEY})

        def perform() -> Reply:
            response = handler(view, request, **kwargs)
            body = json.loads(json.dumps(response.data, cls=JSONEncoder))
            return Reply(response.status_code, body, access(request).members)

        reply, kept = once(
            actor=request.user,
            now=timezone.now(),
            key=key,
            request_digest=_digest(request, data),
            perform=perform,
        )
        if kept and reply.members:
            access(request).note(verb="view", what=_("Reply told again"), members=reply.members)
        return Response(reply.body, status=reply.status, headers={"Idempotent-Replay": "true"} if kept else None)

    return post


def access(request: Request) -> Any:
    """The access log of the request under way."""
    return pages_request(request).access  # type: ignore[attr-defined]


def pages_request(request: Request) -> HttpRequest:
    """Django's own request, as the doors of the pages take it; its user is the token's."""
    return request._request


def _digest(request: Request, data: Any) -> str:
    parts = {name: _told(data.getlist(name) if hasattr(data, "getlist") else [data[name]]) for name in data}
    whole = [request.method, request.get_full_path(), parts]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def _told(values: list[Any]) -> list[Any]:
    return [_file_digest(value) if isinstance(value, File) else value for value in values]


def _file_digest(file: "File[bytes]") -> list[str]:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return [file.name or "", found.hexdigest()]


def _unusable_query(fields: dict[str, list[str]], known: Iterable[str]) -> BadQuery:
    return BadQuery(_("A parameter of the address cannot be used."), sorted(known), fields)
