"""One id for each request: in the log lines, in the history rows it writes and on the response."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

UNMATCHED = "(no such page)"


class RequestLog(RequestMiddleware):
    """Logs each request once it is answered, by its route and the user's number.

    Addresses and queries are left out: a search holds names. `recording()` reads the same id for history.
    """

    def prepare(self, request: HttpRequest) -> None:
        super().prepare(request)
        request.request_id = structlog.contextvars.get_contextvars()["request_id"]  # type: ignore[attr-defined]

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match: Any = getattr(request, "resolver_match", None)
        return f"{request.method} {match.route if match else UNMATCHED}"
