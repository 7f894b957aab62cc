"""The second wall says the same as the first: the database gives a person the rows of `visible_to`, and nobody any."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, models, transaction
from django.http import StreamingHttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.middleware import ScopeMiddleware
from accounts.models import Deputy, Organisation, Role, User
from accounts.permissions import scope_of
from blended_pilot.kernel import scope
from blended_pilot.kernel.audit import history_models, recording
from blended_pilot.kernel.row_security import RowSecurity, row_security_of
from contracts.models import Contract
from eligibility.models import Member
from tests.access.world import World
from tests.factories.accounts import DeputyFactory, MembershipFactory, UserFactory, person

pytestmark = pytest.mark.django_db
EVERY = list(apps.get_models())
GUARDED = [model for model in EVERY if row_security_of(model) is not None]
LIVE = [model for model in GUARDED if model not in history_models()]
# what hangs on a contract or a member, or names one, and is not guarded
OPEN: dict[str, str] = {}


def keys(model: Any) -> set[Any]:
    return set(model._base_manager.values_list("pk", flat=True))


def seen_in(whose: scope.Scope, model: Any) -> set[Any]:
    with scope.acting(whose):
        return keys(model)


def visible(model: Any, user: User) -> set[Any]:
    """What `visible_to` gives; of a table without one, what belongs to the visible row that it says it is seen with."""
    if hasattr(model.objects, "visible_to"):
        return set(model.objects.visible_to(user).values_list("pk", flat=True))
    guard = row_security_of(model)
    assert guard is not None
    path = guard.within or "contract"
    parent = model._meta.get_field(path).related_model
    return set(model.objects.filter(**{f"{path}__in": visible(parent, user)}).values_list("pk", flat=True))


@pytest.fixture
def askers(world: World) -> list[User]:
    """Each role at each organisation, deputies in time and over time, somebody with four roles, those without any."""
    organisations = list(Organisation.objects.all())
    people = [
        person(role, each, email=f"wall-{role}-{each.pk}@example.org") for role in Role.values for each in organisations
    ]
    for each in organisations:
        held = MembershipFactory(user=UserFactory(), organisation=each, role=Role.SUPERVISOR)
        now, over = (DeputyFactory(membership=held, user=UserFactory()) for _ in range(2))
        Deputy.objects.filter(pk=over.pk).update(ends_before=timezone.now().date())
        people += [now.user, over.user]
    both = UserFactory()
    for each, role in zip(organisations, (Role.FINANCE, Role.AUDITOR, Role.INTAKE, Role.QUALITY), strict=False):
        MembershipFactory(user=both, organisation=each, role=role)
    gone = UserFactory(is_active=False, deactivated_at=timezone.now())
    MembershipFactory(user=gone, organisation=world.ours.contract.provider, role=Role.SUPERVISOR)
    return [*people, both, gone, UserFactory()]


@pytest.mark.parametrize("model", LIVE, ids=lambda model: model._meta.label)
def test_the_database_gives_a_person_the_rows_of_visible_to(askers: list[User], model: Any) -> None:
    everything, met = keys(model), set()
    for user in askers:
        expected = visible(model, user)
        assert seen_in(scope_of(user), model) == expected, user.email
        met.add(frozenset(expected))

    assert seen_in(scope.NOBODY, model) == set()
    assert seen_in(scope.SYSTEM, model) == everything
    if everything:  # the comparison meant something
        assert frozenset() in met
        assert len(met) > 2


@pytest.mark.parametrize("model", [m for m in LIVE if hasattr(m, "history")], ids=lambda model: model._meta.label)
def test_the_past_of_a_row_is_seen_with_the_row(askers: list[User], model: Any) -> None:
    past = model.history.model
    for user in askers:
        of_visible = past.objects.filter(id__in=visible(model, user)).values_list("pk", flat=True)
        assert seen_in(scope_of(user), past) == set(of_visible)


def _paths(model: Any) -> Iterator[Any]:
    return (field.related_model for field in model._meta.get_fields() if isinstance(field, models.ForeignKey))


def test_every_table_with_a_way_to_a_contract_or_a_member_is_guarded() -> None:
    """Fails for a model that says neither; see CONTRIBUTING, "A table"."""
    reach = {Contract, Member}
    while more := {model for model in EVERY if model not in reach and reach.intersection(_paths(model))}:
        reach |= more
    open_ones = {model._meta.label for model in reach - set(GUARDED)}

    assert open_ones - set(OPEN) == set()
    assert set(OPEN) <= open_ones
    assert {model.history.model for model in LIVE if hasattr(model, "history")} == set(GUARDED) - set(LIVE)


def test_every_guard_stands_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace")
        on = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tablename, count(*) FROM pg_policies GROUP BY 1")
        policies = dict(cursor.fetchall())

    assert on == {model._meta.db_table for model in GUARDED}
    assert policies == dict.fromkeys(on, 2)  # the person's and the system's


def test_without_its_policy_a_table_shows_more(world: World, askers: list[User]) -> None:
    """Negative control of the comparison."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE eligibility_member DISABLE ROW LEVEL SECURITY")
    asker = next(user for user in askers if "administrator" in user.email)

    assert seen_in(scope_of(asker), Member) == keys(Member)
    assert visible(Member, asker) != keys(Member)


def test_a_person_writes_no_row_that_they_would_not_see(world: World) -> None:
    stranger = world.theirs.contract.provider
    provider = world.persona("provider supervisor").user
    with scope.acting(scope_of(provider)):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Member.objects.create(organisation=stranger, reference="smuggled")
        assert Member.objects.filter(pk=world.theirs.member.pk).update(sex="x") == 0
        assert Member.objects.filter(pk=world.ours.member.pk).update(language="x") == 1


# --- Nothing outlives its use ------------------------------------------------------------------------------------


def test_code_that_says_nothing_is_given_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []
    monkeypatch.setattr(scope, "otherwise", scope.NOBODY)  # as it is outside the suite
    thread = threading.Thread(target=lambda: found.append(scope.current() == scope.NOBODY))
    thread.start()
    thread.join()

    assert found == [True]
    assert not Member.objects.exists()
    assert not Contract.objects.exists()


def _through(middleware: Any, user: Any, view: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return middleware(view)(request)


def test_a_value_does_not_leak_into_the_next_request_of_the_connection(world: World) -> None:
    supervisor = world.persona("provider supervisor").user
    met: list[bool] = []

    def view(_request: Any) -> Any:
        met.append(Member.objects.filter(pk=world.ours.member.pk).exists())
        return None

    with scope.acting(scope.NOBODY):
        for user in (supervisor, UserFactory.build(is_active=False), supervisor, world.persona("anonymous").user):
            _through(ScopeMiddleware, user or AnonymousUser(), view)
        with pytest.raises(ZeroDivisionError):
            _through(ScopeMiddleware, supervisor, lambda _request: 1 // 0)
        met.append(Member.objects.exists())

    assert met == [True, False, True, False, False]


def test_a_value_does_not_come_back_with_a_rollback(world: World) -> None:
    """The server forgets with the savepoint what it was told inside; the connection must tell it again."""
    supervisor = scope_of(world.persona("provider supervisor").user)
    with scope.acting(supervisor):
        assert Member.objects.exists()
    with scope.acting(scope.NOBODY), transaction.atomic():
        assert not Member.objects.exists()
        transaction.set_rollback(True)
    with scope.acting(scope.NOBODY):
        assert not Member.objects.exists()
    with scope.acting(supervisor):
        with transaction.atomic(), recording(actor=None):
            assert Member.objects.filter(pk=world.theirs.member.pk).exists()
            transaction.set_rollback(True)
        assert not Member.objects.filter(pk=world.theirs.member.pk).exists()


def test_a_streamed_answer_is_read_for_its_person_to_the_end(world: World) -> None:
    supervisor = world.persona("provider supervisor").user

    def lines() -> Iterator[bytes]:
        for _ in range(2):
            yield str(Member.objects.count()).encode()

    theirs = str(len(seen_in(scope_of(supervisor), Member))).encode()
    with scope.acting(scope.NOBODY):
        answer = _through(ScopeMiddleware, supervisor, lambda _request: StreamingHttpResponse(lines()))
        got = []
        for part in answer.streaming_content:
            got.append(part)
            assert not Member.objects.exists()  # between the parts the connection is somebody else's

    assert got == [theirs, theirs] != [b"0", b"0"]


def test_an_operation_sees_every_row_and_the_request_goes_on_as_its_person(world: World) -> None:
    with scope.acting(scope_of(world.persona("provider supervisor").user)):
        with recording(actor=None):
            assert Member.objects.filter(pk=world.theirs.member.pk).exists()
        assert not Member.objects.filter(pk=world.theirs.member.pk).exists()


# --- What it costs -----------------------------------------------------------------------------------------------


def _plan(query: Any) -> str:
    return str(query.explain())


def test_the_system_pays_nothing_and_a_person_one_look_at_the_setting(world: World) -> None:
    assert "row_security" not in _plan(Member.objects.all())
    assert "Filter" not in _plan(Contract.objects.all())
    with scope.acting(scope_of(world.persona("provider supervisor").user)):
        plan = _plan(Contract.objects.all())
    assert "InitPlan" in plan
    assert "SubPlan" not in plan.replace("InitPlan", "")


def test_a_declaration_goes_into_a_migration_and_back() -> None:
    guard = row_security_of(Member)
    assert guard is not None
    path, arguments, named = guard.deconstruct()

    assert path == "blended_pilot.kernel.row_security.RowSecurity"
    assert RowSecurity(*arguments, **named) == guard
    assert guard != guard.of_history()
