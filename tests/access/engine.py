"""Ask every route as everybody, and say what is wrong: statuses, foreign texts, unlogged identities, changed rows."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.template.backends.django import Template
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import AccessEntry, AccessVerb
from accounts.permissions import POLICY
from tests.access.bodies import BODIES
from tests.access.routes import ROWS
from tests.access.rows import PUBLIC, SIGNED_IN, Row
from tests.access.world import BESIDE, COMMISSIONER, SAFEGUARDED, SEEN, SEEN_NAME, THEIRS, Persona, Place, World

SIGN_IN, REFUSED, NOTHING, ALLOWED = "sign-in", "403", "404", "allowed"
GOES_THROUGH = {200, 201, 202, 302, 409, 422}
SPREADSHEETS = {"supervisor", "quality", "finance", "auditor"}  # a CSV file is tried by everybody
LOGS = {"accounts_accessentry", "django_session"}  # a refusal is written there: that is its purpose


@dataclass
class Visit:
    """One answer: what was to be expected, what came, and the ids of the members that the log names for it."""

    row: Row
    persona: Persona
    place: str
    expected: str
    status: int
    location: str = ""
    text: str = ""
    logged: frozenset[int] = frozenset()
    refusal_logged: bool = False

    def __str__(self) -> str:
        return f"{self.row.method} {self.row.route} by {self.persona.name} at {self.place}"

    @property
    def came(self) -> str:
        if self.status == 401 or (self.status == 302 and "/sign-in/login/" in self.location):
            return SIGN_IN
        if self.status in {403, 404}:
            return str(self.status)
        if self.row.action == PUBLIC and self.status == 503:
            return ALLOWED  # not ready, for want of a worker, is an answer
        return ALLOWED if self.status in GOES_THROUGH else f"status {self.status}"


def routes() -> Iterator[tuple[str, Any]]:
    """(name or pattern, view) of every route of the program."""

    def walk(patterns: Iterable[Any], namespace: str, above: str) -> Iterator[tuple[str, Any]]:
        for found in patterns:
            address = above + str(found.pattern)
            if isinstance(found, URLResolver):
                yield from walk(found.url_patterns, found.namespace or namespace, address)
            else:
                name = f"{namespace}:{found.name}" if namespace else found.name
                yield name or address, found.callback

    return walk(get_resolver().url_patterns, "", "")


def _roles(action: str, side: str) -> frozenset[str]:
    rule = POLICY[action]
    either = rule.provider | rule.commissioner
    return {"either": either, "provider": rule.provider, "commissioner": rule.commissioner}[side]


def expected(row: Row, persona: Persona, *, own: bool) -> str:
    """What the policy and the table say; the program is not asked."""
    if row.action == PUBLIC:
        return ALLOWED
    if not persona.inside:
        return SIGN_IN
    if row.action != SIGNED_IN and persona.role not in _roles(row.action, "either"):
        return REFUSED
    return _of_record(row, persona, own=own) if row.subject not in {"", "topic"} else ALLOWED


def _of_record(row: Row, persona: Persona, *, own: bool) -> str:
    if own and row.at == "own":
        return ALLOWED
    if row.at == "nobody":
        return NOTHING
    side = "either" if row.at == "side" else persona.side
    to_see = {row.see, *(["contract.view"] if row.subject == "add_coverage" else [])} - {""}
    if not own or any(persona.role not in _roles(action, side) for action in to_see):
        return NOTHING
    other_party = row.at in {"provider", "commissioner"} and persona.side != row.at
    return REFUSED if other_party or (row.needs and persona.role not in _roles(row.needs, side)) else ALLOWED


def address(row: Row, persona: Persona, place: Place, world: World) -> str:
    if row.at == "own":
        someone = next(one for one in world.personas if one.notice and one is not persona)
        return reverse(row.route, args=[persona.notice if place is world.ours else someone.notice])
    return reverse(row.route, args=place.address(row.subject, persona.side) if row.subject else [])


def ask(row: Row, persona: Persona, where: str, world: World, query: dict[str, str] | None = None) -> Visit:
    place: Place = getattr(world, where)
    last = AccessEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    client = persona.program if row.route.partition(":")[0].endswith("_api") else persona.client
    client.raise_request_exception = False  # a fault is a finding like any other
    path = address(row, persona, place, world) + (f"?{row.query}" if row.query else "")
    if row.method == "GET":
        answer = client.get(path, query)
    else:
        body = BODIES[row.body](place, persona.side)
        if not path.startswith("/api/") or any(isinstance(value, SimpleUploadedFile) for value in body.values()):
            answer = client.post(path, body)
        else:
            answer = client.post(path, body, content_type="application/json")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    entries = list(AccessEntry.objects.filter(pk__gt=last).values_list("verb", "members"))
    return Visit(
        row,
        persona,
        where,
        expected(row, persona, own=where == "ours"),
        answer.status_code,
        answer.headers.get("Location", ""),
        _readable(content) + str(answer.headers),
        frozenset(member for _verb, members in entries for member in members),
        any(verb == AccessVerb.REFUSED for verb, _members in entries),
    )


def _readable(content: bytes) -> str:
    """The text of an answer; of a spreadsheet, of everything in it."""
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def digest() -> dict[str, str]:
    """What stands in every table that is not a log."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - LOGS)
    query = " UNION ALL ".join(
        f"SELECT '{table}', count(*) || ':' || coalesce(sum(hashtext(t::text)::bigint), 0) FROM \"{table}\" t"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


@contextmanager
def unpainted() -> Iterator[None]:
    """No page is drawn: for questions about statuses alone, which are decided before."""
    with patch.object(Template, "render", lambda self, context=None, request=None: ""):
        yield


def wrong(visits: Iterable[Visit]) -> list[str]:
    """Statuses that are not what the policy says."""
    return [
        f"{visit}: expected {visit.expected}, came {visit.came}" for visit in visits if visit.came != visit.expected
    ]


def foreign(visits: Iterable[Visit]) -> list[str]:
    """Texts of organisations that the person has nothing to do with."""
    return [
        f"{visit}: holds {mark}"
        for visit in visits
        for mark in ([THEIRS, BESIDE] if visit.persona.side == COMMISSIONER else [THEIRS])
        if visit.place == "ours" and mark in visit.text
    ]


def unseen(visits: Iterable[Visit], world: World) -> list[str]:
    """Answers with the member's name or reference that the access log knows nothing of."""
    return [
        f"{visit}: shows {SEEN}, and the log does not name the member"
        for visit in visits
        if SEEN in visit.text and world.ours.member.pk not in visit.logged
    ]


def told(visits: Iterable[Visit]) -> list[str]:
    """A name, a reference or a word on safeguarding before somebody whom the policy does not let see it."""
    return [
        f"{visit}: tells {action}"
        for visit in visits
        for action, text in (
            ("member.identity", SEEN_NAME),
            ("member.reference", SEEN),
            ("safeguarding.view", SAFEGUARDED),
        )
        if text in visit.text and visit.persona.role not in _roles(action, visit.persona.side)
    ]


def unlogged(visits: Iterable[Visit]) -> list[str]:
    """Refusals (403, and 404 of what others may see) that the access log does not hold."""
    return [
        f"{visit}: refused and not logged"
        for visit in visits
        if visit.came in {REFUSED, NOTHING} and not visit.refusal_logged
    ]


Which = Callable[[Row], bool]
Who = Callable[[Persona], bool]


def everything(row: Row) -> bool:
    return True


def everybody(persona: Persona) -> bool:
    return True


def crawl(world: World, which: Which = everything, who: Who = everybody, *, exports: bool = True) -> list[Visit]:
    """Every page that the person may open, with its files where the page is a list."""
    visits = []
    for row in ROWS:
        if row.method != "GET" or not which(row):
            continue
        for persona in filter(who, world.personas):
            visit = ask(row, persona, "ours", world)
            visits.append(visit)
            if exports and "export=csv" in visit.text:
                kinds = ("csv", "xlsx") if persona.role in SPREADSHEETS else ("csv",)
                visits += [ask(row, persona, "ours", world, {"export": kind}) for kind in kinds]
    return visits


def trespass(
    world: World,
    which: Which = everything,
    who: Who = everybody,
    places: tuple[str, ...] = ("ours", "theirs", "beside"),
) -> tuple[list[Visit], list[str]]:
    """Every route and method as everybody, at one's own organisation and with the ids of the others.

    What is allowed is taken back; what has to be refused stays, and must have left every table as it was.
    """
    visits, changed = [], []
    before = digest()
    for row in filter(which, ROWS):
        for persona in filter(who, world.personas):
            for where in places if row.subject and row.subject != "topic" else places[:1]:
                if where == "beside" and (persona.side != COMMISSIONER or row.at in {"side", "own", "nobody"}):
                    continue  # the provider is a party to that contract too
                if where == "beside" and _of_the_provider(row):
                    continue
                if where == "ours" and row.method == "GET":
                    continue  # the crawl asks that
                with unpainted(), transaction.atomic():
                    visit = ask(row, persona, where, world)
                    visits.append(visit)
                    if visit.expected == ALLOWED:
                        transaction.set_rollback(True)
        after = digest()
        changed += [f"{row.method} {row.route}: changed {name}" for name in before if before[name] != after[name]]
        before = after
    return visits, changed


def _of_the_provider(row: Row) -> bool:
    """Staff belong to the provider, whichever contract they work under."""
    return row.subject in {"team", "practitioner", "assignment"}
