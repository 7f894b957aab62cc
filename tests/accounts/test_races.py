"""One request that is sent twice at once, under one idempotency key."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from accounts.models import KeptReply, Organisation, Role, User
from accounts.operations.replies import Reply, once
from tests.factories.accounts import OrganisationFactory, person
from tests.races import together

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIALS = 200


def looked_up(*, actor: User, key: str, perform: Any, **_values: Any) -> Any:
    """What `once` would be if it looked for the reply first and kept it afterwards."""
    if Organisation.objects.filter(code=key).exists():
        return (200, {}), True
    return perform(), False


@pytest.mark.parametrize("kept", [True, False])
def test_a_request_that_is_sent_twice_at_once_is_done_once(kept: bool) -> None:
    """The second case is the negative control: two that look before they write both write."""
    actor = person(Role.FINANCE, OrganisationFactory())
    doubles = 0
    for trial in range(TRIALS):
        if doubles:
            break
        done: list[int] = []

        def perform(trial: int = trial, done: list[int] = done) -> Reply:
            Organisation.objects.get_or_create(code=f"made-{trial}", defaults={"name": "Made"})
            done.append(trial)
            return Reply(201, {"made": trial}, [])

        send = partial(
            once if kept else looked_up,
            actor=actor, now=NOON, key=f"made-{trial}", request_digest="the same", perform=perform,
        )  # fmt: skip
        answers = together(send, send)
        doubles += len(done) > 1
        if kept:
            assert sorted(replayed for _reply, replayed in answers) == [False, True], answers
            assert {reply.status for reply, _replayed in answers} == {201}
    assert (doubles == 0) is kept
    assert KeptReply.objects.count() == (TRIALS if kept else 0)
