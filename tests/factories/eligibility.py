"""Members, their spans, and who looks after them."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import factory
from django.core.files.base import ContentFile

from eligibility.models import (
    Answer,
    Assignment,
    CoverageSpan,
    Determination,
    Evidence,
    LevelSpan,
    Member,
    Practitioner,
    Referral,
    Team,
)
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.contracts import ContractFactory


class MemberFactory(factory.django.DjangoModelFactory):
    """The pseudonym is made by the database: `MemberFactory` reads it back."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    reference = factory.Sequence(lambda n: f"R{n:05}")
    given_name = factory.Sequence(lambda n: f"Given{n}")
    family_name = factory.Sequence(lambda n: f"Family{n}")

    @factory.post_generation
    def reread(self: Member, create: bool, extracted: object, **kwargs: object) -> None:
        if create:
            self.refresh_from_db()


class CoverageSpanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CoverageSpan

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))
    cohort = "adult"
    geography = "north"
    starts_on = date(2026, 1, 1)


class LevelSpanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LevelSpan

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))
    level = "L1"
    starts_on = date(2026, 1, 1)
    decided_on = date(2025, 12, 20)
    decided_by = "Dr. Example"
    rationale = "Stable with weekly contact."


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Team {n}")


class PractitionerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Practitioner

    organisation = factory.SubFactory(OrganisationFactory)
    reference = factory.Sequence(lambda n: f"practitioner-{n}")
    name = factory.Sequence(lambda n: f"Practitioner {n}")


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Assignment

    organisation = factory.SelfAttribute("member.organisation")
    member = factory.SubFactory(MemberFactory)
    practitioner = factory.SubFactory(PractitionerFactory, organisation=factory.SelfAttribute("..organisation"))
    team = factory.SubFactory(TeamFactory, organisation=factory.SelfAttribute("..organisation"))
    starts_on = date(2026, 1, 1)


PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


class EvidenceFactory(factory.django.DjangoModelFactory):
    """A small PDF, with `content` behind its first line, in the store."""

    class Meta:
        model = Evidence

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    member = factory.SubFactory(MemberFactory, organisation=factory.SelfAttribute("..organisation"))
    file_name = "letter.pdf"
    content_type = "application/pdf"
    uploaded_at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    uploaded_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, content: bytes = b"", **values: Any) -> Evidence:
        whole = PDF.replace(b"\n", b"\n" + content + b"\n", 1)
        kept = Evidence(size=len(whole), sha256=hashlib.sha256(whole).hexdigest(), **values)
        kept.stored.save("letter", ContentFile(whole), save=False)
        kept.save()
        return kept


class ReferralFactory(factory.django.DjangoModelFactory):
    """Fed, open, and nobody has answered yet."""

    class Meta:
        model = Referral

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    referral_ref = factory.Sequence(lambda n: f"RF{n:05}")
    received_at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    referred_by = "Family doctor"
    urgency = "routine"
    geography = "north"
    cohort = "adult"


class DeterminationFactory(factory.django.DjangoModelFactory):
    """A draft about somebody who is no member yet."""

    class Meta:
        model = Determination

    contract = factory.SubFactory(ContractFactory)
    organisation = factory.SelfAttribute("contract.provider")
    terms = factory.LazyFunction(lambda: {"version": 1, "provisional_level": "L1"})
    begun_by = factory.SubFactory(UserFactory)
    begun_at = datetime(2026, 3, 2, 14, tzinfo=UTC)


class AnswerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Answer

    determination = factory.SubFactory(DeterminationFactory)
    organisation = factory.SelfAttribute("determination.organisation")
    position = 0
    criterion = "resident"
    text = "Lives in the county"
    decides = True
    needs_evidence = True
