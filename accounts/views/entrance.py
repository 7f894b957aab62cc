"""Answers to people who are not in: a lockout, and the pages of the program's own "no"."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.doors import public


def locked_out(request: HttpRequest, original: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Too many wrong passwords for one address (called by axes)."""
    access = getattr(request, "access", None)
    if access is not None:
        access.refused("Sign-in locked after repeated failures")
    return render(request, "errors/locked.html", status=429)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = str(exception) if exception and str(exception) else ""
    access = getattr(request, "access", None)
    if access is not None:
        access.refused(sentence or "403")
    return render(request, "errors/403.html", {"sentence": sentence}, status=403)


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


@public
def failed(request: HttpRequest) -> HttpResponse:
    """Without the navigation: what failed may be what the navigation needs."""
    return render(None, "errors/500.html", status=500)


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from an old page or another site."""
    return render(request, "errors/csrf.html", status=403)


@public
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/offline.html")
