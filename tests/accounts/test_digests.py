"""Letters that say how many notices wait, when a person may be disturbed, and nothing about anybody."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Notice, NoticeMail, NoticeSettings, User
from accounts.operations.digests import Sent, change_settings, is_quiet, send_digests
from accounts.operations.notices import mark_read, notify
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SECRET = "Ann Canary was refused."


@pytest.fixture
def person() -> User:
    return UserFactory(email="lead@provider.example")


def tell(person: User, at: datetime = NOON) -> list[Notice]:
    return notify(to=[person], kind="request_decided", sentence=SECRET, url="/requests/1/", now=at)


def test_a_letter_counts_what_waits_and_quotes_none_of_it(person: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://pilot.example"
    tell(person)
    tell(person)

    assert send_digests(now=NOON) == Sent(letters=1, waiting=0)

    [letter] = mail.outbox
    assert letter.to == ["lead@provider.example"]
    assert letter.subject == "2 notices wait for you in Blended Pilot."
    assert "https://pilot.example/notices/" in letter.body
    assert "Canary" not in letter.subject + letter.body
    assert "requests/1" not in letter.body


def test_where_no_address_is_set_a_letter_names_none(person: User, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    tell(person)
    send_digests(now=NOON)

    assert "Sign in to read them.\n" in mail.outbox[0].body


def test_the_same_notices_are_not_told_twice(person: User) -> None:
    tell(person)
    send_digests(now=NOON)

    assert send_digests(now=NOON + timedelta(days=1)) == Sent(letters=0, waiting=0)
    tell(person, NOON + timedelta(days=1))
    assert send_digests(now=NOON + timedelta(days=1)) == Sent(letters=1, waiting=0)
    assert mail.outbox[1].subject == "2 notices wait for you in Blended Pilot."


def test_what_was_read_here_is_not_told(person: User) -> None:
    tell(person)
    mark_read(actor=person, now=NOON)

    assert send_digests(now=NOON) == Sent(letters=0, waiting=0)
    assert not NoticeMail.objects.exists()


@pytest.mark.parametrize(
    ("rhythm", "hours", "letters"),
    [("daily", 3, 1), ("daily", 24, 2), ("hourly", 1, 2), ("never", 24, 0)],
)
def test_a_letter_comes_as_often_as_the_person_likes(person: User, rhythm: str, hours: int, letters: int) -> None:
    change_settings(actor=person, now=NOON, rhythm=rhythm, timezone="UTC", quiet_from=time(0), quiet_until=time(0))
    for at in (NOON, NOON + timedelta(hours=hours)):
        tell(person, at)
        send_digests(now=at)

    assert len(mail.outbox) == letters


def test_nobody_is_written_to_in_their_quiet_hours(person: User) -> None:
    change_settings(
        actor=person, now=NOON, rhythm="hourly", timezone="America/New_York", quiet_from=time(20), quiet_until=time(8)
    )
    tell(person)

    assert send_digests(now=NOON) == Sent(letters=0, waiting=1)  # seven in the morning in New York
    assert send_digests(now=NOON + timedelta(hours=1)) == Sent(letters=1, waiting=0)


def test_quiet_hours_may_lie_over_midnight_or_be_none() -> None:
    assert [is_quiet(time(hour), time(22), time(6)) for hour in (21, 22, 0, 5, 6)] == [False, True, True, True, False]
    assert [is_quiet(time(hour), time(9), time(17)) for hour in (8, 9, 16, 17)] == [False, True, True, False]
    assert not is_quiet(time(3), time(0), time(0))


def test_people_who_left_and_the_system_get_none(person: User) -> None:
    tell(person)
    User.objects.filter(pk=person.pk).update(is_active=False, deactivated_at=NOON)

    assert send_digests(now=NOON) == Sent(letters=0, waiting=0)


def test_a_person_sets_it_beside_their_notices(person: User) -> None:
    client = Client()
    client.force_login(person)
    address = reverse("accounts:notice_settings")
    assert "Once a day" in client.get(address).content.decode()

    answer = client.post(
        address, {"rhythm": "hourly", "timezone": "Europe/London", "quiet_from": "21:30", "quiet_until": "06:15"}
    )

    assert answer.status_code == 302
    kept = NoticeSettings.objects.get(user=person)
    assert (kept.rhythm, kept.timezone, kept.quiet_from, kept.quiet_until) == (
        "hourly", "Europe/London", time(21, 30), time(6, 15),
    )  # fmt: skip
    assert client.post(address, {"rhythm": "hourly", "timezone": "Nowhere"}).status_code == 422
