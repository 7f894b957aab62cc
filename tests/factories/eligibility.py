"""Members, their spans, and who looks after them."""

from datetime import date

import factory

from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member, Practitioner, Team
from tests.factories.accounts import OrganisationFactory
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
