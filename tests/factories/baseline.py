"""Delivered work."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory

from baseline.models import (
    Activity,
    BoundaryReading,
    CaseloadReview,
    Event,
    FollowUp,
    ReviewAction,
    VerificationBatch,
)
from tests.factories.accounts import UserFactory
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


class FollowUpFactory(factory.django.DjangoModelFactory):
    """After an unplanned contact, due a week later."""

    class Meta:
        model = FollowUp

    activity = factory.SubFactory(ActivityFactory, planned=False)
    contract = factory.SelfAttribute("activity.contract")
    organisation = factory.SelfAttribute("activity.organisation")
    member = factory.SelfAttribute("activity.member")
    cause = "unplanned"
    service = factory.SelfAttribute("activity.service")
    happened_on = factory.SelfAttribute("activity.occurred_on")
    due_on = factory.LazyAttribute(lambda one: one.happened_on + timedelta(days=7))


class BoundaryReadingFactory(factory.django.DjangoModelFactory):
    """Needs a `version`: what was read is always a document."""

    class Meta:
        model = BoundaryReading

    organisation = factory.SelfAttribute("version.contract.provider")
    user = factory.SubFactory(UserFactory)
    confirmed_at = datetime(2026, 1, 5, 9, tzinfo=UTC)


class VerificationBatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = VerificationBatch

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    seed = 7
    sample = factory.LazyFunction(list)
    records = 0
    drawn_by = factory.SubFactory(UserFactory)
    drawn_at = datetime(2026, 2, 2, 9, tzinfo=UTC)


class CaseloadReviewFactory(factory.django.DjangoModelFactory):
    """Of the members without a team, in the first whole week of March."""

    class Meta:
        model = CaseloadReview

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    week = date(2026, 3, 2)
    opened_by = factory.SubFactory(UserFactory)
    opened_at = datetime(2026, 3, 9, 9, tzinfo=UTC)


class ReviewActionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReviewAction

    review = factory.SubFactory(CaseloadReviewFactory)
    organisation = factory.SelfAttribute("review.organisation")
    text = "Ring the family"
    owner = factory.SubFactory(UserFactory)
    due_on = date(2026, 3, 16)
    assigned_by = factory.SelfAttribute("review.opened_by")
    assigned_at = factory.SelfAttribute("review.opened_at")


class EventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Event

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))
    event_ref = factory.Sequence(lambda n: f"E{n:05}")
    kind = "complaint"
    severity = "low"
    occurred_on = date(2026, 1, 20)
