"""Assessments, requests, entries of the register and episodes."""

from datetime import UTC, date, datetime, timedelta

import factory
from django.db.models import Max

from accounts.models import Role
from authorizations.models import (
    Assessment,
    Decision,
    Episode,
    MissedEscalation,
    Question,
    Request,
    SecondLook,
    SecondLookRound,
)
from eligibility.models import Source
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import MemberFactory

RECEIVED = datetime(2026, 3, 2, 14, tzinfo=UTC)
TERMS = {  # as `rules.terms` copies them from a contract that says nothing of authorization
    "version": 1,
    "digest": "",
    "clock": {"days": 7, "hours": None, "basis": "calendar"},
    "calendar": {"timezone": "America/New_York", "country": "", "subdivision": "", "extra_holidays": []},
    "authorization": {},
    "levels": [{"code": f"L{rank}", "name": f"Level {rank}", "rank": rank} for rank in (1, 2, 3, 4)],
    "services": {},
}


class _OfMember(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))


class AssessmentFactory(_OfMember):
    class Meta:
        model = Assessment

    instrument = "acuity"
    version = "2"
    score = 16
    suggested_level = "L3"
    assessed_on = date(2026, 3, 1)
    assessor = "A. Assessor"
    recorded_by = factory.SubFactory(UserFactory)
    recorded_at = RECEIVED


class RequestFactory(_OfMember):
    """Submitted and open, for a level; `draft=True` for one that is not submitted yet."""

    class Meta:
        model = Request

    class Params:
        draft = factory.Trait(
            status="draft", received_at=None, due_at=None, first_due_at=None, terms=factory.LazyFunction(dict)
        )

    number = factory.Sequence(lambda n: n + 1)
    kind = "upgrade"
    status = "submitted"
    requested_by = factory.SubFactory(UserFactory)
    created_at = RECEIVED
    requested_level = "L3"
    current_level = "L2"
    starts_on = date(2026, 3, 2)
    received_at = RECEIVED
    due_at = factory.LazyAttribute(lambda request: request.received_at + timedelta(days=7))
    first_due_at = factory.SelfAttribute("due_at")
    terms = factory.LazyFunction(lambda: dict(TERMS))


class DecisionFactory(factory.django.DjangoModelFactory):
    """The entry that decides a request, which it leaves as it is: use the operation where that matters."""

    class Meta:
        model = Decision

    request = factory.SubFactory(RequestFactory)
    organisation = factory.SelfAttribute("request.organisation")
    contract = factory.SelfAttribute("request.contract")
    member = factory.SelfAttribute("request.member")
    number = factory.LazyAttribute(
        lambda entry: (Decision.objects.filter(contract=entry.contract).aggregate(last=Max("number"))["last"] or 0) + 1
    )
    outcome = "approved"
    request_kind = factory.SelfAttribute("request.kind")
    terms = factory.SelfAttribute("request.terms")
    urgency = factory.SelfAttribute("request.urgency")
    requested_by = factory.SelfAttribute("request.requested_by")
    received_at = factory.SelfAttribute("request.received_at")
    due_at = factory.SelfAttribute("request.due_at")
    requested_level = factory.SelfAttribute("request.requested_level")
    current_level = factory.SelfAttribute("request.current_level")
    level = factory.SelfAttribute("request.requested_level")
    service = factory.SelfAttribute("request.service")
    units = factory.SelfAttribute("request.units")
    starts_on = factory.SelfAttribute("request.starts_on")
    ends_before = factory.LazyAttribute(lambda entry: entry.starts_on + timedelta(days=60) if entry.starts_on else None)
    necessity = "Needs it."
    risk = "Falls."
    criteria = "acuity"
    decided_by = factory.LazyAttribute(
        lambda entry: MembershipFactory(organisation=entry.organisation, role=Role.CLINICAL_LEAD).user
    )
    decided_at = factory.LazyAttribute(lambda entry: entry.received_at + timedelta(days=1))
    in_time = True


class EpisodeFactory(_OfMember):
    """Authorised elsewhere and fed."""

    class Meta:
        model = Episode

    service = "stabilization_day"
    units = 5
    starts_on = date(2026, 3, 2)
    ends_before = date(2026, 3, 16)
    source = Source.FEED
    episode_ref = factory.Sequence(lambda n: f"EP-{n}")
    decided_on = date(2026, 3, 1)
    decided_by = "Dr. Example"
    rationale = "Acute deterioration."


class QuestionFactory(factory.django.DjangoModelFactory):
    """Asked, and waiting for its answer; the request is left as it is."""

    class Meta:
        model = Question

    about = factory.SubFactory(RequestFactory)
    organisation = factory.SelfAttribute("about.organisation")
    text = "Who lives with them?"
    asked_by = factory.SubFactory(UserFactory)
    asked_at = RECEIVED + timedelta(hours=1)
    effect = "none"


class MissedEscalationFactory(_OfMember):
    class Meta:
        model = MissedEscalation

    level = "L2"
    triggers = factory.LazyFunction(lambda: [{"code": "unplanned_contacts", "since": "2026-03-01", "facts": []}])
    first_met_on = date(2026, 3, 1)
    found_at = RECEIVED


class SecondLookRoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SecondLookRound

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    month = date(2026, 3, 1)
    seed = "0" * 32
    approvals = 1
    denials = 0
    drawn_at = datetime(2026, 4, 1, 6, tzinfo=UTC)


class SecondLookFactory(factory.django.DjangoModelFactory):
    """Drawn and waiting."""

    class Meta:
        model = SecondLook

    decision = factory.SubFactory(DecisionFactory)
    contract = factory.SelfAttribute("decision.contract")
    organisation = factory.SelfAttribute("decision.organisation")
    round = factory.SubFactory(SecondLookRoundFactory, contract=factory.SelfAttribute("..contract"))
    position = 1
