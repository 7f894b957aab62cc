"""Organisations, people and their standings."""

from datetime import date

import factory

from accounts.models import Deputy, Membership, Organisation, Role, User


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"organisation-{n}")
    name = factory.Sequence(lambda n: f"Organisation {n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.INTAKE
    starts_on = date(2020, 1, 1)


def person(role: str, organisation: Organisation, **of_user: object) -> User:
    """Somebody who holds `role` at `organisation` since long ago."""
    return MembershipFactory(role=role, organisation=organisation, user=UserFactory(**of_user)).user


class DeputyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Deputy

    membership = factory.SubFactory(MembershipFactory)
    user = factory.SubFactory(UserFactory)
    starts_on = date(2020, 1, 1)
    ends_before = date(2099, 1, 1)
    reason = "On leave"
