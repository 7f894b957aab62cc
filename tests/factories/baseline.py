"""Delivered work."""

from datetime import date
from decimal import Decimal

import factory

from baseline.models import Activity
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import MemberFactory


class ActivityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Activity

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))
    activity_ref = factory.Sequence(lambda n: f"A{n:06}")
    service = "outreach"
    occurred_on = date(2026, 1, 15)
    units = Decimal(1)
    received_on = date(2026, 1, 16)
