"""Agreements between a commissioner and a provider."""

import factory

from contracts.models import Contract, Pilot
from tests.factories.accounts import OrganisationFactory


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
