"""Moments on pages that belong to no contract, and due times of what waits."""

from datetime import UTC, datetime, time

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import MailRhythm, Notice, Role, User
from accounts.operations.digests import change_settings, due
from accounts.queries.notices import notice_settings
from accounts.queries.zones import own_zone
from contracts.models import Contract
from tests.factories.accounts import OrganisationFactory, person
from tests.factories.authorizations import RequestFactory
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def lead() -> User:
    """Of the provider of a contract in New York."""
    return person(Role.CLINICAL_LEAD, signed_contract().provider)


def page_of(user: User, address: str) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return " ".join(client.get(address).content.decode().split())


def test_a_persons_zone_is_that_of_their_contracts_until_they_choose_one(lead: User) -> None:
    assert own_zone(lead) == notice_settings(lead).timezone == "America/New_York"

    change_settings(
        actor=lead,
        now=NOON,
        rhythm=MailRhythm.DAILY,
        timezone="Europe/London",
        quiet_from=time(20),
        quiet_until=time(7),
    )
    assert own_zone(lead) == notice_settings(lead).timezone == "Europe/London"


def test_without_a_contract_the_zone_is_utc() -> None:
    assert own_zone(person(Role.INTAKE, OrganisationFactory())) == "UTC"


@pytest.mark.parametrize("address", ["/", "/notices/"])
def test_notices_are_dated_in_the_persons_own_time(lead: User, address: str) -> None:
    Notice.objects.create(user=lead, kind="test", sentence="The month is closed.", created_at=NOON)

    assert "July 1, 2026, 8 a.m. <small>EDT</small>" in page_of(lead, address)


def test_what_waits_is_due_in_the_time_of_its_contract(lead: User) -> None:
    contract = Contract.objects.get()
    member = MemberFactory(organisation=contract.provider)
    RequestFactory(contract=contract, member=member, status="questioned", requested_by=lead, due_at=NOON)

    assert "July 1, 2026, 8 a.m. <small>EDT</small>" in page_of(lead, "/")


def test_nobody_is_written_to_in_the_night_of_their_contract(lead: User) -> None:
    wanted = notice_settings(lead)

    assert not due(wanted, mailed_at=None, now=datetime(2026, 7, 1, 10, tzinfo=UTC))
    assert due(wanted, mailed_at=None, now=datetime(2026, 7, 1, 11, tzinfo=UTC))
