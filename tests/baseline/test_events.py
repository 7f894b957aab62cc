"""Complaints and safety signals: fed, recorded here, taken up, closed with learning; safeguarding for the care team."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db.utils import IntegrityError
from django.test import Client

from accounts.models import AccessEntry, Role
from accounts.permissions import NotAllowed
from baseline.models import Event
from baseline.operations import events as operations
from baseline.shell import care_waiting
from contracts.models import Contract
from tests.baseline.pilots import covered, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import EventFactory
from tests.factories.eligibility import AssignmentFactory, MemberFactory, TeamFactory
from tests.factories.feeds import counts, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "event_ref,kind,member_ref,occurred_on,severity,category,closed_on\n"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def contract() -> Contract:
    contract = reviewed_contract()
    member = MemberFactory(organisation=contract.provider, reference="A")
    AssignmentFactory(member=member, team=TeamFactory(organisation=contract.provider, name="North"))
    return contract


def facts() -> list[tuple[Any, ...]]:
    rows = Event.objects.select_related("team", "member").order_by("event_ref")
    return [
        (one.event_ref, one.kind, one.member.reference, one.severity, one.category, one.closed_on, str(one.team))
        for one in rows
    ]


def test_a_file_states_events_with_the_team_that_led_the_member_on_the_day(contract):
    run = send(
        "events",
        contract,
        HEADER + "1,Complaint,A,2026-02-01,low,late visit,\n2,safety,A,2026-02-02,severe,,2026-02-20",
    )

    assert counts(run) == (2, 2, 0, 0)
    assert facts() == [
        ("1", "complaint", "A", "low", "late visit", None, "North"),
        ("2", "safety", "A", "severe", "", date(2026, 2, 20), "North"),
    ]


def test_the_same_file_again_changes_nothing_and_new_content_is_a_change_with_history(contract):
    text = HEADER + "1,complaint,A,2026-02-01,low,late visit,"
    send("events", contract, text)
    assert counts(send("events", contract, text)) == (1, 0, 1, 0)

    short = "event_ref,kind,member_ref,occurred_on,severity\n1,complaint,A,2026-02-01,moderate"
    assert counts(send("events", contract, short)) == (1, 1, 0, 0)
    assert facts() == [("1", "complaint", "A", "moderate", "late visit", None, "North")]
    severities = Event.history.order_by("history_id").values_list("severity", flat=True)
    assert list(severities) == ["low", "moderate"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("1,praise,A,2026-02-01,low,,", "kind"),
        ("1,safety,A,2026-02-01,grave,,", "severity"),
        ("1,safety,Z,2026-02-01,low,,", "member_ref"),
        ("1,safety,A,2030-02-01,low,,", "occurred_on"),
        ("1,safety,A,2026-02-01,low,,2026-01-31", "closed_on"),
        ("1,safety,A,2026-02-30,low,,", "occurred_on"),
    ],
)
def test_a_faulty_row_is_rejected_by_its_column_and_the_others_are_applied(contract, row, column):
    run = send("events", contract, HEADER + row + "\n2,safety,A,2026-02-01,low,,")

    assert counts(run) == (2, 1, 0, 1)
    assert [one[0] for one in facts()] == ["2"]
    assert [each.column for each in run.rejects.all()] == [column]
    assert rejected


def recorded(contract: Contract, actor: Any, **more: Any) -> Event:
    member = more.pop("member", None) or covered(contract)
    values = {
        "kind": "safety",
        "severity": "moderate",
        "category": "",
        "occurred_on": date(2026, 3, 1),
        "description": "Fell",
        "safeguarding": "",
        "owner_id": None,
        "due_on": None,
        **more,
    }
    return operations.record(contract_id=contract.pk, member_id=member.pk, today=TODAY, actor=actor, now=NOON, **values)


def test_what_was_recorded_or_closed_here_is_not_a_feed_s_to_change(contract):
    supervisor = person(Role.SUPERVISOR, contract.provider)
    mine = recorded(contract, supervisor)
    run = send("events", contract, HEADER + f"{mine.event_ref},safety,A,2026-02-01,low,,")
    assert counts(run) == (1, 0, 0, 1)

    send("events", contract, HEADER + "1,safety,A,2026-02-01,low,,")
    fed = Event.objects.get(event_ref="1")
    operations.close(
        event_id=fed.pk, learning="Two people lift", closed_on=TODAY, today=TODAY, actor=supervisor, now=NOON
    )
    send("events", contract, HEADER + "1,safety,A,2026-02-01,severe,,")
    fed.refresh_from_db()
    assert (fed.severity, fed.closed_on, fed.learning) == ("severe", TODAY, "Two people lift")


def test_it_is_closed_once_by_those_who_may_and_with_what_was_learned(contract):
    event = EventFactory(contract=contract, member=covered(contract))
    closing = {"event_id": event.pk, "learning": "Ring first", "closed_on": TODAY, "today": TODAY, "now": NOON}
    with pytest.raises(NotAllowed):
        operations.close(**closing, actor=person(Role.PRACTITIONER, contract.provider))
    quality = person(Role.QUALITY, contract.provider)
    with pytest.raises(operations.NotYetHappened):
        operations.close(**{**closing, "closed_on": date(2026, 1, 1)}, actor=quality)
    operations.close(**closing, actor=quality)
    with pytest.raises(operations.EventClosed):
        operations.close(**closing, actor=quality)
    with pytest.raises(IntegrityError, match="event_closed_here_with_learning"):
        Event.objects.filter(pk=event.pk).update(learning="")


def test_an_open_event_is_put_right_with_a_reason_and_the_team_of_its_day(contract):
    supervisor = person(Role.SUPERVISOR, contract.provider)
    event, other = recorded(contract, supervisor), covered(contract)
    south = TeamFactory(organisation=contract.provider, name="South")
    AssignmentFactory(member=other, team=south, starts_on=date(2026, 2, 1))
    right = {
        "event_id": event.pk,
        "member_id": other.pk,
        "kind": "complaint",
        "occurred_on": date(2026, 2, 20),
        "description": "Nobody came",
        "reason": "Written down for the wrong member",
        "today": TODAY,
        "now": NOON,
    }
    with pytest.raises(NotAllowed):
        operations.correct(**right, actor=person(Role.PRACTITIONER, contract.provider))
    with pytest.raises(operations.NotYetHappened):
        operations.correct(**{**right, "occurred_on": date(2026, 3, 3)}, actor=supervisor)
    stranger = MemberFactory(organisation=contract.provider)
    with pytest.raises(operations.NotOfThisContract):
        operations.correct(**{**right, "member_id": stranger.pk}, actor=supervisor)

    operations.correct(**right, actor=supervisor)
    event.refresh_from_db()
    assert (event.member, event.kind, event.occurred_on, event.description, event.team) == (
        other,
        "complaint",
        date(2026, 2, 20),
        "Nobody came",
        south,
    )
    last = Event.history.model.objects.filter(id=event.pk).latest("history_id")
    assert (last.history_user, last.history_change_reason) == (supervisor, "Written down for the wrong member")

    operations.close(event_id=event.pk, learning="Ring first", closed_on=TODAY, today=TODAY, actor=supervisor, now=NOON)
    with pytest.raises(operations.EventClosed):
        operations.correct(**right, actor=supervisor)


def test_what_a_file_said_is_corrected_where_the_file_comes_from(contract):
    supervisor = person(Role.SUPERVISOR, contract.provider)
    send("events", contract, HEADER + "1,safety,A,2026-02-01,low,,\n2,safety,A,2026-02-01,low,,2026-02-10")
    fed, over = Event.objects.order_by("event_ref")
    with pytest.raises(operations.OfItsFeed):
        operations.correct(
            event_id=fed.pk, member_id=fed.member_id, kind="complaint", occurred_on=fed.occurred_on, description="",
            reason="Misread", today=TODAY, actor=supervisor, now=NOON,
        )  # fmt: skip
    with pytest.raises(operations.OfItsFeed):
        operations.reopen(event_id=over.pk, reason="Again", actor=supervisor, now=NOON)
    fed.refresh_from_db()
    over.refresh_from_db()
    assert (fed.kind, over.closed_on) == ("safety", date(2026, 2, 10))


def test_a_closed_event_is_opened_again_corrected_and_closed_by_pages_that_keep_its_history(contract):
    quality, practitioner = person(Role.QUALITY, contract.provider), person(Role.PRACTITIONER, contract.provider)
    event, other = recorded(contract, quality), covered(contract)
    client = Client()
    client.force_login(quality, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = f"/activity/events/{event.pk}/"
    close = {"closed_on": "2026-03-02", "learning": "Ring first"}
    with time_machine.travel(NOON):
        early = client.post(f"{page}open-again/", {"reason": "Again"})
        assert (early.status_code, b"This is open already." in early.content) == (409, True)
        assert client.post(f"{page}close/", close).status_code == 302
        assert client.post(f"{page}open-again/", {"reason": ""}).status_code == 422
        assert client.post(f"{page}open-again/", {"reason": "It happened again"}).status_code == 302
        assert b"Ring first" in client.get(f"{page}close/").content
        right = {"member": "nobody", "kind": "complaint", "occurred_on": "2026-02-20", "reason": "Said on the phone"}
        refused = client.post(f"{page}correct/", right)
        assert (refused.status_code, b"No member whom you may see" in refused.content) == (422, True)
        right["member"] = other.reference
        assert client.post(f"{page}correct/", right).status_code == 302
        assert client.post(f"{page}close/", {**close, "learning": "Ring first, twice"}).status_code == 302
        shown = client.get(page).content.decode()
        for told in ("It happened again", "Said on the phone", "Ring first, twice", "Safety signal", quality.name):
            assert told in shown
        seen = AccessEntry.objects.filter(what="Complaint or safety signal").latest("pk").members
        assert sorted(seen) == sorted([event.member_id, other.pk])
        client.force_login(practitioner, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.post(f"{page}open-again/", {"reason": "No"}).status_code == 403
        client.force_login(
            person(Role.COMMISSIONER, contract.commissioner),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        answer = client.get(page)
        theirs = answer.content.decode()
        assert answer.status_code == 200
        assert "Said on the phone" not in theirs
        assert quality.name not in theirs


def test_an_owner_is_of_the_provider_and_a_member_of_the_contract(contract):
    supervisor = person(Role.SUPERVISOR, contract.provider)
    with pytest.raises(operations.NotOfThisContract):
        recorded(contract, supervisor, owner_id=person(Role.QUALITY, contract.commissioner).pk)
    with pytest.raises(operations.NotOfThisContract):
        recorded(contract, supervisor, member=MemberFactory(organisation=contract.provider))
    with pytest.raises(operations.NotYetHappened):
        recorded(contract, supervisor, occurred_on=date(2026, 3, 3))
    assert not Event.objects.exists()


def test_safeguarding_is_written_by_the_care_team_and_every_reading_is_logged(contract):
    with pytest.raises(operations.NotForYou):
        recorded(contract, person(Role.QUALITY, contract.provider), safeguarding="At risk")
    event = recorded(contract, person(Role.INTAKE, contract.provider), safeguarding="At risk at home")

    def reads(user: Any) -> int:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(f"/activity/events/{event.pk}/")
        assert b"At risk" not in page.content
        answer = client.get(f"/activity/events/{event.pk}/safeguarding/")
        assert (b"At risk" in answer.content) == (answer.status_code == 200)
        return answer.status_code

    lead = person(Role.CLINICAL_LEAD, contract.provider)
    assert reads(lead) == 200
    assert event.member_id in AccessEntry.objects.filter(user=lead, what="Safeguarding text").get().members
    assert reads(person(Role.QUALITY, contract.provider)) == 403
    assert reads(person(Role.CLINICAL_LEAD, contract.commissioner)) == 403


def test_open_events_with_which_nobody_deals_wait_for_those_who_may_say_who_does(contract):
    member = covered(contract)
    at = {"contract": contract, "member": member, "occurred_on": TODAY}
    EventFactory(**at, severity="severe")
    EventFactory(**at, severity="low")
    EventFactory(**at, severity="severe", closed_on=TODAY)
    quality, practitioner = person(Role.QUALITY, contract.provider), person(Role.PRACTITIONER, contract.provider)
    EventFactory(**at, owner=quality)
    title = "Open, and nobody deals with them"

    def waiting(user: Any) -> list[tuple[int, str, str]]:
        return [(one.count, str(one.detail), one.url) for one in care_waiting(user, NOON) if one.title == title]

    [(count, detail, address)] = waiting(quality)
    assert (count, detail) == (2, "1 is severe.")
    client = Client()
    client.force_login(quality, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address).context["listing"].page.paginator.count == 2
    assert waiting(practitioner) == []
