"""How a program asks: with a token, or as a browser that is signed in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.operations.tokens import create


class Program:
    """Asks with a token; bodies and replies are JSON."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    def send(self, path: str, raw: bytes) -> Any:
        return self.client.generic("POST", f"/api/v1/{path}", raw, content_type="application/json")


def program_of(user: User, scope: str = "write") -> Program:
    now = datetime.now(UTC)
    _token, secret = create(actor=user, now=now, name="test", scope=scope, expires_at=now + timedelta(days=1))
    return Program(secret)


@pytest.fixture
def browser() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        return client

    return sign_in
