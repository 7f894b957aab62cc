"""What the table of routes is made of: see `routes.py`."""

from dataclasses import dataclass

SIGNED_IN = "signed_in"
PUBLIC = "public"
ANYBODY = ""


@dataclass(frozen=True)
class Row:
    route: str
    method: str
    action: str
    subject: str = ""
    see: str = ANYBODY
    needs: str = ANYBODY
    at: str = "contract"
    body: str = ""
    query: str = ""


def page(route: str, action: str, subject: str = "", see: str = "", needs: str = "", **rest: str) -> list[Row]:
    return [Row(route, "GET", action, subject, see, needs, **rest)]


def write(route: str, action: str, subject: str = "", see: str = "", needs: str = "", **rest: str) -> list[Row]:
    return [Row(route, "POST", action, subject, see, needs, **rest)]


def form(route: str, action: str, subject: str = "", see: str = "", needs: str = "", **rest: str) -> list[Row]:
    return [Row(route, method, action, subject, see, needs, **rest) for method in ("GET", "POST")]
