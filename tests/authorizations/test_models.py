"""What the database itself refuses, whichever path a write takes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from authorizations.models import ConflictDeclared, Decision, Request
from tests.factories.accounts import UserFactory
from tests.factories.authorizations import DecisionFactory, EpisodeFactory, RequestFactory
from tests.factories.contracts import ContractFactory

pytestmark = pytest.mark.django_db


def refused(sentence, error=DatabaseError):
    """The statement fails, with its savepoint undone; deferred keys are judged at once."""

    class _Refused:
        def __enter__(self):
            self.raises = pytest.raises(error, match=sentence)
            self.raises.__enter__()
            self.atomic = transaction.atomic()
            self.atomic.__enter__()

        def __exit__(self, *failure):
            if failure[0] is None:
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                except DatabaseError as caught:
                    failure = (type(caught), caught, caught.__traceback__)
            self.atomic.__exit__(*failure)
            return self.raises.__exit__(*failure)

    return _Refused()


def test_the_requester_cannot_decide():
    request = RequestFactory()
    with refused("decision_four_eyes", IntegrityError):
        DecisionFactory(request=request, decided_by=request.requested_by)


def test_one_decision_for_each_request():
    first = DecisionFactory()
    with refused("decision_once_per_request", IntegrityError):
        DecisionFactory(request=first.request)


def test_numbers_of_a_register_have_no_gap_and_each_contract_counts_its_own():
    first = DecisionFactory()
    with refused("the next entry of this register is number 2, not 3"):
        DecisionFactory(request=RequestFactory(contract=first.contract), number=3)
    second = DecisionFactory(request=RequestFactory(contract=first.contract))
    elsewhere = DecisionFactory()

    assert [first.number, second.number, elsewhere.number] == [1, 2, 1]


def test_the_register_only_grows():
    entry = DecisionFactory()
    with refused("only grows"):
        Decision.objects.filter(pk=entry.pk).update(outcome="denied")
    with refused("only grows"):
        Decision.objects.filter(pk=entry.pk).delete()


def test_somebody_with_a_conflict_of_interest_cannot_decide():
    request, lead = RequestFactory(), UserFactory()
    ConflictDeclared.objects.create(
        organisation=request.organisation, request=request, user=lead, declared_at=request.received_at, reason="Kin."
    )
    with refused("conflict of interest"):
        DecisionFactory(request=request, decided_by=lead)


def test_an_entry_is_replaced_once_and_by_a_second_person():
    first = DecisionFactory()
    another = {"request": first.request, "kind": "supersession", "replaces": first, "replaces_reason": "Wrong level."}
    with refused("replaced by a second person"):
        DecisionFactory(**another, decided_by=first.decided_by)
    DecisionFactory(**another)
    with refused("decision_replaced_once", IntegrityError):
        DecisionFactory(**another)


def test_an_entry_is_about_the_member_of_its_request():
    request = RequestFactory()
    other = RequestFactory(contract=request.contract)
    with refused("does not fit its request"):
        DecisionFactory(request=request, member=other.member)


def test_a_denial_has_a_reason_and_gives_nothing():
    denied = {"outcome": "denied", "level": "", "starts_on": None, "ends_before": None}
    with refused("decision_denied_for_a_reason", IntegrityError):
        DecisionFactory(**denied)
    with refused("decision_approves_a_level_or_units", IntegrityError):
        DecisionFactory(outcome="denied", deny_reason="criteria_not_met")
    DecisionFactory(**denied, deny_reason="criteria_not_met")


def test_a_person_says_why():
    with refused("decision_says_why", IntegrityError):
        DecisionFactory(risk="")


def test_one_open_request_for_each_member_and_kind():
    first = RequestFactory()
    again = {"contract": first.contract, "member": first.member}
    with refused("request_one_open_per_member_and_kind", IntegrityError):
        RequestFactory(**again)
    RequestFactory(**again, kind="renewal")
    RequestFactory(**again, draft=True)
    Request.objects.filter(pk=first.pk).update(status="decided", decided_at=first.due_at)
    RequestFactory(**again)


def test_what_was_submitted_stays_as_it_was_asked():
    request = RequestFactory()
    with refused("what it asks for stays"):
        Request.objects.filter(pk=request.pk).update(requested_level="L4")
    with refused("what it asks for stays"):
        Request.objects.filter(pk=request.pk).update(terms={"version": 2})
    with refused("was submitted and stays"):
        Request.objects.filter(pk=request.pk).delete()
    Request.objects.filter(pk=request.pk).update(due_at=request.due_at + timedelta(days=14))
    draft = RequestFactory(draft=True)
    Request.objects.filter(pk=draft.pk).update(requested_level="L4")
    draft.delete()


def test_rows_never_point_into_another_organisation():
    request, stranger = RequestFactory(), ContractFactory()
    for factory in (RequestFactory, EpisodeFactory):
        with refused("_of_organisation", IntegrityError):
            factory(contract=stranger, member=request.member)
