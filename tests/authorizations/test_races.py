"""Two clinical leads at once, on real connections: exactly one decides, the other is told who and when.

The control takes both defences away (the lock of the request and the register's own "once per request"), and doubles
appear. Set BLENDED_PILOT_RACES for more or fewer rounds.
"""

import os
import threading
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, connections

from authorizations.models import Decision, Request
from authorizations.operations import decisions
from authorizations.operations.moves import AlreadyDecided
from tests.factories.authorizations import RequestFactory
from tests.factories.care import MONDAY, approval, care, denial
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("BLENDED_PILOT_RACES", "200"))
CONTROL_ROUNDS = 12
TUESDAY = MONDAY + timedelta(days=1)


def requests(ours, number):
    """Submitted by the factory: the race is about deciding, and a thousand triggers would only take time."""
    terms = ours.asked("step_down", requested_level="L1").terms
    made = []
    for place in range(number):
        member = MemberFactory(organisation=ours.contract.provider)
        CoverageSpanFactory(contract=ours.contract, member=member)
        made.append(
            RequestFactory(
                contract=ours.contract,
                member=member,
                number=100 + place,
                requested_by=ours.practitioner,
                terms=terms,
                starts_on=date(2026, 3, 2),
            )
        )
    return made


def race(request, first, second):
    """Both start together; what each came to: an entry, or the refusal."""
    came, start = {}, threading.Barrier(2)

    def run(name, lead, verdict):
        try:
            start.wait(10)
            came[name] = decisions.decide(request_id=request.pk, verdict=verdict, actor=lead, now=TUESDAY)
        except Exception as failure:
            came[name] = failure
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=("first", first, approval())),
        threading.Thread(target=run, args=("second", second, denial())),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return list(came.values())


def test_of_two_leads_exactly_one_decides_and_the_other_is_told(transactional_db):
    ours = care()
    first, second = ours.lead, ours.second_lead
    names = {lead.pk: lead.name for lead in (first, second)}
    for request in requests(ours, ROUNDS):
        came = race(request, first, second)
        entries = [one for one in came if isinstance(one, Decision)]
        refusals = [one for one in came if isinstance(one, AlreadyDecided)]

        assert (len(entries), len(refusals)) == (1, 1), came
        assert f"was decided by {names[entries[0].decided_by_id]} on March 3, 2026" in refusals[0].sentence
        assert Decision.objects.filter(request=request).count() == 1
    numbers = Decision.objects.filter(contract=ours.contract).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, ROUNDS + 1))
    assert not Request.objects.filter(status="submitted", number__gte=100).exists()


def test_without_the_lock_and_the_constraint_both_decide(transactional_db):
    ours = care()
    first, second = ours.lead, ours.second_lead
    unlocked = Request.objects.select_related("contract")
    together = threading.Barrier(2)

    def both_see_it_open(request_id):
        found = unlocked.get(pk=request_id)
        together.wait(10)
        return found

    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP INDEX decision_once_per_request")
    try:
        doubles = 0
        for request in requests(ours, CONTROL_ROUNDS):
            with patch.object(decisions, "locked", both_see_it_open):
                race(request, first, second)
            doubles += Decision.objects.filter(request=request).count() == 2
    finally:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE authorizations_decision DISABLE TRIGGER USER")
            cursor.execute(
                "DELETE FROM authorizations_decision d USING authorizations_decision e"
                " WHERE d.request_id = e.request_id AND d.id > e.id"
            )
            cursor.execute("ALTER TABLE authorizations_decision ENABLE TRIGGER USER")
            cursor.execute(
                "CREATE UNIQUE INDEX decision_once_per_request ON authorizations_decision (request_id)"
                " WHERE kind = 'decision'"
            )
    assert doubles > 0


def test_the_constraint_alone_keeps_a_second_decision_out(transactional_db):
    ours = care()
    [request] = requests(ours, 1)
    found = Request.objects.select_related("contract").get(pk=request.pk)
    decisions.decide(request_id=request.pk, verdict=denial(), actor=ours.lead, now=TUESDAY)
    with (
        patch.object(decisions, "locked", lambda request_id: found),
        pytest.raises(DatabaseError, match="decision_once_per_request"),
    ):
        decisions.decide(request_id=request.pk, verdict=denial(), actor=ours.second_lead, now=TUESDAY)
