"""The checks are real: each defence taken away is noticed, and with it back the same questions find nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse

import accounts.api.endpoints
import accounts.api.sign_in
import accounts.doors
import accounts.middleware
import accounts.permissions
import accounts.views.people
import baseline.views.activity
import contracts.views.feeds
import eligibility.api.assignments
import eligibility.api.members
import eligibility.operations.coverage
import eligibility.queries.identities
import eligibility.views.coverage
import eligibility.views.members
import variance.api.cycles
import variance.operations.cycles
import variance.views.shown
import variance.views.statements
from accounts.models import Deputy, Membership, Organisation, PersonalToken, User
from accounts.permissions import Sides
from baseline.querysets import ActivityQuerySet
from blended_pilot.jobs.querysets import JobQuerySet
from blended_pilot.kernel.scope import SYSTEM
from contracts.querysets import (
    ContractQuerySet,
    EscalationQuerySet,
    FeedRunQuerySet,
    OfVersionQuerySet,
    VersionQuerySet,
)
from eligibility.querysets import AssignmentQuerySet, MemberQuerySet, SpanQuerySet, StaffQuerySet
from tests.access.engine import REFUSED, crawl, foreign, told, trespass, unlogged, unseen, wrong
from tests.access.world import ANONYMOUS, DEACTIVATED, NO_LONGER, World
from variance.querysets import CycleQuerySet, OfContractQuerySet

pytestmark = pytest.mark.django_db

Patch = Callable[[pytest.MonkeyPatch], None]


def _no_filter(queryset: Any) -> Patch:
    """Everybody sees every row."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(queryset, "visible_to", lambda self, *_who: self.all())

    plant.walled = queryset is not JobQuerySet  # type: ignore[attr-defined]  # jobs hold counts and sentences
    return plant


def _no_second_wall(patch: pytest.MonkeyPatch) -> None:
    """Row security lets everybody through, so that the hole in the program shows."""
    for place in (accounts.middleware, accounts.api.sign_in):
        patch.setattr(place, "scope_of", lambda _user: SYSTEM)


def _put(place: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(place, name, value)


def _all(*patches: Patch) -> Patch:
    def apply(patch: pytest.MonkeyPatch) -> None:
        for one in patches:
            one(patch)

    return apply


def _yes(*_anything: Any, **_named: Any) -> bool:
    return True


def _nothing(*_anything: Any, **_named: Any) -> None:
    return None


def _nobody(*_anything: Any, **_named: Any) -> list[int]:
    return []


def _at_every_organisation(*_anything: Any) -> Sides:
    everywhere = frozenset(Organisation.objects.values_list("pk", flat=True))
    return Sides(everywhere, everywhere)


def _standings_for_ever(user: Any) -> frozenset[tuple[int, str]]:
    """Deputies whose time is over still stand in."""
    held = Membership.objects.filter(pk__in=Deputy.objects.filter(user=user).values("membership_id"))
    return frozenset(held.values_list("organisation_id", "role"))


def _whatever_became_of_it(digest: str, _now: Any) -> PersonalToken | None:
    """A token in force although its person left."""
    return PersonalToken.objects.filter(digest=digest).first()


@dataclass(frozen=True)
class Hole:
    name: str
    plant: Patch
    routes: tuple[str, ...]
    people: tuple[str, ...]
    pages: bool = False  # noticed on drawn pages; otherwise by the matrix


HOLES = [
    Hole("members unfiltered", _no_filter(MemberQuerySet), ("eligibility:member",), ("provider supervisor",)),
    Hole("members unfiltered, list", _no_filter(MemberQuerySet), ("eligibility:members",), ("provider intake",), True),
    Hole("contracts unfiltered", _no_filter(ContractQuerySet), ("contracts:contract",), ("commissioner analyst",)),
    Hole("versions unfiltered", _no_filter(VersionQuerySet), ("contracts:version",), ("provider finance",)),
    Hole("attachments unfiltered", _no_filter(OfVersionQuerySet), ("contracts:attachment",), ("provider finance",)),
    Hole("escalations unfiltered", _no_filter(EscalationQuerySet), ("contracts:escalation",), ("provider quality",)),
    Hole(
        "escalations in a list", _no_filter(EscalationQuerySet), ("contracts:escalations",), ("provider intake",), True
    ),
    Hole("feeds unfiltered", _no_filter(FeedRunQuerySet), ("contracts:feed_run",), ("provider intake",)),
    Hole("feeds for commissioners", _no_filter(FeedRunQuerySet), ("contracts:feed_run",), ("commissioner finance",)),
    Hole("spans unfiltered", _no_filter(SpanQuerySet), ("eligibility:void_coverage",), ("provider supervisor",)),
    Hole("teams unfiltered", _no_filter(StaffQuerySet), ("eligibility:team",), ("provider practitioner",)),
    Hole(
        "assignments unfiltered",
        _no_filter(AssignmentQuerySet),
        ("eligibility:end_assignment",),
        ("provider operations",),
    ),
    Hole("work unfiltered", _no_filter(ActivityQuerySet), ("baseline:activity",), ("commissioner finance",)),
    Hole("ledger in a list", _no_filter(OfContractQuerySet), ("variance:ledger",), ("commissioner auditor",), True),
    Hole("cycles unfiltered", _no_filter(CycleQuerySet), ("variance:cycle",), ("commissioner auditor",)),
    Hole("cycles in a list", _no_filter(CycleQuerySet), ("variance:cycles",), ("commissioner finance",), True),
    Hole("ledger unfiltered", _no_filter(OfContractQuerySet), ("variance:entry",), ("provider analyst",)),
    Hole("jobs unfiltered", _no_filter(JobQuerySet), ("jobs:job",), ("provider intake",)),
    Hole(
        "people unfiltered",
        _put(accounts.views.people, "visible_people", lambda _user: User.objects.all()),
        ("accounts:person", "accounts:deactivate"),
        ("provider administrator",),
    ),
    Hole(
        "roles unfiltered",
        _put(accounts.views.people, "visible_organisations", lambda *_who: Organisation.objects.all()),
        ("accounts:end_role", "accounts:name_deputy"),
        ("commissioner administrator",),
    ),
    Hole(
        "doors open to every role", _put(accounts.doors, "may", _yes), ("accounts:people",), ("provider intake",), True
    ),
    Hole(
        "nobody is sent to sign in",
        _put(accounts.doors, "_to_sign_in", lambda _r: HttpResponse()),
        ("variance:ledger",),
        (ANONYMOUS,),
        True,
    ),
    Hole(
        "contract not asked",
        _put(accounts.doors, "may_on", _yes),
        ("contracts:align",),
        ("commissioner operations",),
        True,
    ),
    Hole(
        "organisation not asked",
        _put(accounts.doors, "may_at", _yes),
        ("eligibility:assign",),
        ("commissioner operations",),
        True,
    ),
    Hole(
        "statement files for all",
        _put(variance.views.statements, "require", _nothing),
        ("variance:statement_file",),
        ("provider quality",),
        True,
    ),
    Hole(
        "rejected rows for all",
        _put(contracts.views.feeds, "_may_download", _yes),
        ("contracts:rejected_rows",),
        ("provider finance",),
        True,
    ),
    Hole(
        "either side prepares",
        _put(variance.operations.cycles, "_require_side", _nothing),
        ("variance:submit",),
        ("commissioner finance",),
    ),
    Hole(
        "a write that asks nobody",
        _all(
            _no_filter(SpanQuerySet),
            _put(accounts.doors, "may_on", _yes),
            _put(eligibility.views.coverage, "require", _nothing),
            _put(eligibility.operations.coverage, "require_on", _nothing),
        ),
        ("eligibility:void_coverage",),
        ("provider supervisor",),
    ),
    Hole(
        "deputies for ever",
        _put(accounts.permissions, "standings", _standings_for_ever),
        ("eligibility:members",),
        (NO_LONGER,),
        True,
    ),
    Hole(
        "names for everybody",
        _put(eligibility.queries.identities, "sides", _at_every_organisation),
        ("eligibility:member",),
        ("commissioner finance",),
        True,
    ),
    Hole(
        "names in a list",
        _put(eligibility.queries.identities, "sides", _at_every_organisation),
        ("variance:ledger",),
        ("commissioner analyst",),
        True,
    ),
    Hole(
        "commissioners see each other",
        _no_filter(ContractQuerySet),
        ("contracts:contracts",),
        ("commissioner finance",),
        True,
    ),
    Hole(
        "nothing is noted",
        _put(accounts.middleware.Access, "note", _nothing),
        ("eligibility:member",),
        ("provider intake",),
        True,
    ),
    Hole(
        "the members' list is not noted",
        _put(eligibility.views.members, "identified", _nobody),
        ("eligibility:members",),
        ("provider quality",),
        True,
    ),
    Hole(
        "delivered work is not noted",
        _put(baseline.views.activity, "identified", _nobody),
        ("baseline:activities",),
        ("provider finance",),
        True,
    ),
    Hole(
        "the ledger is not noted",
        _put(variance.views.shown, "identity_of", lambda *_who: {}),
        ("variance:ledger",),
        ("provider finance",),
        True,
    ),
    Hole(
        "refusals are not noted",
        _put(accounts.middleware.Access, "refused", _nothing),
        ("contracts:sign",),
        ("provider intake",),
    ),
    Hole(
        "strangers are not noted",
        _put(accounts.doors, "_exists", lambda *_what: False),
        ("eligibility:member",),
        ("provider intake",),
    ),
]


HOLES += [
    Hole(f"interface: {name}", plant, routes, people, pages)
    for name, plant, routes, people, pages in (
        (
            "members unfiltered",
            _no_filter(MemberQuerySet),
            ("eligibility_api:member", "eligibility_api:assignments"),
            ("provider supervisor",),
            False,
        ),
        (
            "documents unfiltered",
            _no_filter(OfVersionQuerySet),
            ("contracts_api:attachment",),
            ("provider finance",),
            False,
        ),
        (
            "signs unfiltered",
            _no_filter(EscalationQuerySet),
            ("contracts_api:decide",),
            ("commissioner quality",),
            False,
        ),
        ("jobs unfiltered", _no_filter(JobQuerySet), ("jobs_api:job",), ("provider intake",), False),
        (
            "ledger in a list",
            _no_filter(OfContractQuerySet),
            ("variance_api:ledger",),
            ("commissioner auditor",),
            True,
        ),
        (
            "the contract of the body",
            _put(variance.api.cycles, "sides", _at_every_organisation),
            ("variance_api:cycles",),
            ("provider finance",),
            False,
        ),
        (
            "doors open to every role",
            _put(accounts.api.endpoints, "may", _yes),
            ("variance_api:ledger",),
            ("provider intake",),
            True,
        ),
        (
            "either side prepares",
            _put(variance.operations.cycles, "_require_side", _nothing),
            ("variance_api:submit",),
            ("commissioner finance",),
            False,
        ),
        (
            "staff of the other side",
            _put(eligibility.api.assignments, "sides", _at_every_organisation),
            ("eligibility_api:assignments",),
            ("commissioner clinical_lead",),
            True,
        ),
        (
            "tokens of those who left",
            _put(accounts.api.sign_in, "token_in_force", _whatever_became_of_it),
            ("accounts_api:me",),
            (DEACTIVATED,),
            True,
        ),
        (
            "names for everybody",
            _put(eligibility.queries.identities, "sides", _at_every_organisation),
            ("eligibility_api:member",),
            ("commissioner finance",),
            True,
        ),
        (
            "the members' list is not noted",
            _put(eligibility.api.members, "identified", _nobody),
            ("eligibility_api:members",),
            ("provider quality",),
            True,
        ),
    )
]


def _found(world: World, hole: Hole) -> list[str]:
    def which(row: Any) -> bool:
        return row.route in hole.routes

    def who(persona: Any) -> bool:
        return persona.name in hole.people

    if hole.pages:
        visits = crawl(world, which, who)
        return wrong(visits) + foreign(visits) + told(visits) + unseen(visits, world)
    visits, changed = trespass(world, which, who, places=("ours", "theirs"))
    refused = [visit for visit in visits if visit.expected == REFUSED or visit.place == "theirs"]
    return wrong(visits) + changed + unlogged(refused)


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_a_planted_hole_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch, hole: Hole) -> None:
    assert _found(world, hole) == []

    hole.plant(monkeypatch)
    _no_second_wall(monkeypatch)

    assert _found(world, hole) != []


@pytest.mark.parametrize("hole", [hole for hole in HOLES if getattr(hole.plant, "walled", False)], ids=lambda h: h.name)
def test_nothing_comes_through_a_filter_that_was_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch, hole: Hole
) -> None:
    """Row security stands behind it: the same holes, found above with the wall down, show nobody anything."""
    hole.plant(monkeypatch)

    assert _found(world, hole) == []
