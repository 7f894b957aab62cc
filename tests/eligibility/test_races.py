"""Two people move the same members at once: each hand-over wholly, or not at all."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import Role
from eligibility.models import Assignment, Member
from eligibility.operations import assignments
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, MemberFactory, PractitionerFactory
from tests.races import names, together

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIALS = 100
MEMBERS = 3


def without_locks(both: threading.Barrier) -> Callable[[Any, Any], list[Member]]:
    """Reads the members and holds nobody up; each has read before either goes on, as without locks may happen."""

    def read(member_ids: Any, _actor: Any) -> list[Member]:
        members = list(Member.objects.filter(pk__in=member_ids).order_by("pk"))
        both.wait(timeout=60)
        return members

    return read


@pytest.mark.parametrize("locked", [True, False])
def test_two_hand_overs_of_the_same_members_leave_all_of_them_with_one(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second case is the negative control: the members end with two leads, or with one each."""
    contract = signed_contract()
    members = [MemberFactory(organisation=contract.provider) for _ in range(MEMBERS)]
    for member in members:
        CoverageSpanFactory(contract=contract, member=member)
        AssignmentFactory(member=member, starts_on=date(2026, 1, 1))
    people = [person(Role.SUPERVISOR, contract.provider), person(Role.OPERATIONS, contract.provider)]
    practitioners = [PractitionerFactory(organisation=contract.provider) for _ in people]
    if not locked:
        monkeypatch.setattr(assignments, "_locked", without_locks(threading.Barrier(len(people))))
    torn = 0
    for trial in range(TRIALS):
        day = date(2026, 1, 2) + timedelta(trial)
        keys = [member.pk for member in members]
        answers = together(
            *(
                partial(
                    assignments.hand_over,
                    member_ids=order,
                    practitioner_id=practitioner.pk,
                    team_id=None,
                    starts_on=day,
                    reason="Two at once.",
                    actor=actor,
                    now=NOON,
                )
                for order, practitioner, actor in zip((keys, keys[::-1]), practitioners, people, strict=True)
            )
        )
        leads = Assignment.objects.filter(starts_on__lte=day, ends_before=None, kind="lead")
        whole = names(answers) == ["done", "done"] and leads.count() == MEMBERS
        torn += not whole or leads.values("practitioner").distinct().count() != 1
        if torn:
            break
    assert (torn == 0) is locked
