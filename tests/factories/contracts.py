"""Agreements between a commissioner and a provider."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import factory

from accounts.models import Membership, Organisation, Role, User
from contracts.models import Contract, Pilot
from contracts.operations.documents import load
from contracts.operations.signing import sign
from tests.factories.accounts import OrganisationFactory, UserFactory, person


class PilotFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pilot

    code = factory.Sequence(lambda n: f"pilot-{n}")
    name = factory.Sequence(lambda n: f"Pilot {n}")


class ContractFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contract

    code = factory.Sequence(lambda n: f"CONTRACT-{n}")
    title = factory.Sequence(lambda n: f"Agreement {n}")
    pilot = factory.SubFactory(PilotFactory)
    commissioner = factory.SubFactory(OrganisationFactory)
    provider = factory.SubFactory(OrganisationFactory)
    currency = "USD"
    timezone = "America/New_York"


LONG_AGO = datetime(2025, 12, 1, 9, tzinfo=UTC)

MINIMAL_DOCUMENT: dict[str, Any] = {
    "schema": "blended-pilot/contract/1",
    "title": "Minimal agreement",
    "version": 1,
    "in_force_from": "2026-01-01",
    "currency": "USD",
    "timezone": "America/New_York",
    "term": {"from": "2026-01-01", "to": "2027-12-31"},
    "levels": [
        {"code": "L1", "rank": 1, "name": "Core"},
        {"code": "L2", "rank": 2, "name": "Enhanced"},
        {"code": "L3", "rank": 3, "name": "Intensive"},
    ],
    "cohorts": [{"code": "adult", "name": "Adults"}, {"code": "older", "name": "Older adults"}],
    "geographies": [{"code": "north", "name": "North"}, {"code": "south", "name": "South"}],
    "services": [
        {"code": "outreach", "name": "Outreach", "kind": "baseline", "unit": "contact"},
        {
            "code": "crisis_visit",
            "name": "Crisis visit",
            "kind": "episodic",
            "unit": "visit",
            "price": "185.00",
            "authorization": "not_required",
        },
    ],
    "baseline": {
        "rates": [
            {"level": "L1", "amount": "40.00"},
            {"level": "L2", "amount": "120.00"},
            {"level": "L3", "amount": "400.00"},
        ]
    },
    "settlement": {
        "member_month": "day_15",
        "level_change": "snapshot",
        "rounding": {"places": 2, "mode": "half_up", "step": "line"},
        "recover_months": 24,
        "pay_months": 12,
        "order": ["baseline", "activity"],
        "prepared_by": "provider",
    },
    "gates": [{"code": "activity_verified", "holds": "nothing"}],
}


def document(**overrides: Any) -> dict[str, Any]:
    """A small, valid contract document; top-level keys given here replace its own (None takes a key out)."""
    values = {"code": "MINIMAL", **deepcopy(MINIMAL_DOCUMENT), **overrides}
    values.setdefault("commissioner", {"code": "county", "name": "County"})
    values.setdefault("provider", {"code": "care", "name": "Care provider"})
    return {key: value for key, value in values.items() if value is not None}


def signatory(organisation: Organisation) -> User:
    """The finance person of the organisation, made when there is none."""
    found = Membership.objects.filter(organisation=organisation, role=Role.FINANCE).order_by("pk").first()
    return found.user if found else person(Role.FINANCE, organisation)


def loaded_contract(**overrides: Any) -> Contract:
    """A contract whose `document(**overrides)` is a draft."""
    system = User.objects.filter(is_system=True).first() or UserFactory(is_system=True, email="system@example.org")
    source = json.dumps(document(**overrides)).encode()
    return load(source=source, source_format="json", actor=system, now=LONG_AGO).version.contract


def signed_contract(**overrides: Any) -> Contract:
    """A contract whose `document(**overrides)` is signed by the finance people of both parties."""
    contract = loaded_contract(**overrides)
    version = contract.versions.order_by("-number").first()
    for organisation in (contract.provider, contract.commissioner):
        sign(version_id=version.pk, actor=signatory(organisation), now=LONG_AGO)
    contract.refresh_from_db()
    return contract
