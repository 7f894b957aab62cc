"""Two organisations with people, and somebody of each who manages them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Organisation, Role, User
from tests.factories.accounts import OrganisationFactory, person

NOW = datetime.now(UTC)
TODAY = NOW.date()


@dataclass(frozen=True)
class Place:
    organisation: Organisation
    administrator: User
    auditor: User
    intake: User


def _place(name: str) -> Place:
    organisation = OrganisationFactory(name=name)
    return Place(
        organisation,
        administrator=person(Role.ADMINISTRATOR, organisation, name=f"{name} administrator"),
        auditor=person(Role.AUDITOR, organisation, name=f"{name} auditor"),
        intake=person(Role.INTAKE, organisation, name=f"{name} intake"),
    )


@pytest.fixture
def ours(db: None) -> Place:
    return _place("Tidewater")


@pytest.fixture
def theirs(db: None) -> Place:
    return _place("Marsh Lane")


def signed_in(user: User) -> Client:
    client = Client()
    user.refresh_from_db()  # a role that was given since has ended older sessions
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client
