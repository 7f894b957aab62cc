"""What the database itself refuses: rows that point astray, and spans that overlap.

Each is tried without the constraint too, to see that it is what refuses.
"""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models import F

from accounts.models import Membership
from blended_pilot.kernel.constraints import CompositeForeignKey
from eligibility.models import CoverageSpan
from tests.factories.accounts import MembershipFactory, OrganisationFactory
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in range(1, 5))


def judge_now() -> None:
    """Deferred constraints are judged at the end of a transaction; a test does not get there."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def accepted(write: Any) -> None:
    with transaction.atomic():
        write()
        judge_now()


def refused(write: Any) -> str:
    """The name of the constraint that refuses."""
    with pytest.raises(IntegrityError) as caught:
        accepted(write)
    return str(caught.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def without(model: type[models.Model], name: str) -> None:
    constraint = next(each for each in model._meta.constraints if each.name == name)
    judge_now()
    with connection.as_owner(), connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)


# --- Composite foreign keys --------------------------------------------------------------------------------------


def test_coverage_cannot_name_another_providers_member():
    contract, stranger = ContractFactory(), MemberFactory()

    def astray() -> None:
        CoverageSpanFactory(contract=contract, member=stranger)

    assert refused(astray) == "coverage_member_of_organisation"
    without(CoverageSpan, "coverage_member_of_organisation")
    accepted(astray)


def test_coverage_cannot_name_another_providers_contract():
    member, foreign = MemberFactory(), ContractFactory()

    def astray() -> None:
        CoverageSpanFactory(contract=foreign, organisation=member.organisation, member=member)

    assert refused(astray) == "coverage_contract_of_organisation"
    without(CoverageSpan, "coverage_contract_of_organisation")
    accepted(astray)


def test_a_member_in_use_cannot_change_its_organisation():
    span = CoverageSpanFactory()
    elsewhere = OrganisationFactory()

    assert (
        refused(lambda: type(span.member).objects.update(organisation=elsewhere)) == "coverage_member_of_organisation"
    )


def test_a_composite_key_survives_being_written_into_a_migration():
    key = CompositeForeignKey(name="line_of_order", fields=["shop", "order"], to="shop.Order", to_fields=["shop", "id"])
    source, imports = MigrationWriter.serialize(key)
    namespace: dict[str, Any] = {}
    exec("\n".join(imports), namespace)  # noqa: S102 (the serializer's own imports)
    again = eval(source, namespace)  # noqa: S307 (what a migration file would hold)

    assert again == key
    assert key != CompositeForeignKey(name="line_of_order", fields=["order"], to="shop.Order", to_fields=["id"])


def test_a_changed_composite_key_is_seen_by_makemigrations():
    def state(*fields: str) -> ProjectState:
        key = CompositeForeignKey(name="line_of_order", fields=fields, to="shop.Order", to_fields=fields)
        project = ProjectState()
        columns = [("id", models.BigAutoField(primary_key=True)), ("shop", models.BigIntegerField())]
        project.add_model(ModelState("shop", "Order", columns))
        project.add_model(ModelState("shop", "Line", columns, {"constraints": [key]}))
        return project

    changes = MigrationAutodetector(state("shop"), state("shop", "id"))._detect_changes()
    assert [type(each).__name__ for each in changes["shop"][0].operations] == ["RemoveConstraint", "AddConstraint"]


# --- Spans that may not overlap ----------------------------------------------------------------------------------


@pytest.fixture
def standing() -> Membership:
    """One role, January and February."""
    return MembershipFactory(starts_on=JANUARY, ends_before=MARCH)


def another(standing: Membership, starts_on: date, ends_before: date | None) -> Any:
    return lambda: MembershipFactory(
        user=standing.user,
        organisation=standing.organisation,
        role=standing.role,
        starts_on=starts_on,
        ends_before=ends_before,
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_before"),
    [(MARCH, APRIL), (MARCH, None), (date(2025, 12, 1), JANUARY)],
)
def test_spans_may_touch(standing, starts_on, ends_before):
    accepted(another(standing, starts_on, ends_before))


@pytest.mark.parametrize(
    ("starts_on", "ends_before"),
    [
        (JANUARY, MARCH),
        (FEBRUARY, APRIL),
        (date(2026, 2, 28), None),
        (date(2025, 12, 1), date(2026, 1, 2)),
        (date(2025, 12, 1), None),
        (date(2026, 1, 10), date(2026, 1, 11)),
    ],
)
def test_spans_may_not_overlap(standing, starts_on, ends_before):
    assert refused(another(standing, starts_on, ends_before)) == "membership_role_once_at_a_time"


def test_without_the_constraint_spans_overlap(standing):
    without(Membership, "membership_role_once_at_a_time")

    accepted(another(standing, JANUARY, MARCH))


def test_other_people_and_roles_are_not_in_the_way(standing):
    accepted(lambda: MembershipFactory(organisation=standing.organisation, role=standing.role, starts_on=JANUARY))


def test_touching_spans_move_together_in_one_statement(standing):
    """Judged row by row, the first one moved would overlap the second."""
    accepted(another(standing, MARCH, APRIL))

    accepted(lambda: Membership.objects.update(starts_on=F("starts_on") + 31, ends_before=F("ends_before") + 31))

    assert list(Membership.objects.order_by("starts_on").values_list("starts_on", "ends_before")) == [
        (date(2026, 2, 1), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 5, 2)),
    ]


def test_every_constraint_on_spans_is_judged_at_the_end():
    spans = [
        constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, ExclusionConstraint)
    ]
    assert spans
    assert all(constraint.deferrable is models.Deferrable.DEFERRED for constraint in spans)
