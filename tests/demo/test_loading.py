"""The story goes through the product's own operations, once, and goes on where it was interrupted."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from authorizations.models import Decision, Episode, SecondLook
from blended_pilot.demo import loading
from blended_pilot.demo.acts import Acts
from blended_pilot.demo.people import DEMO_PASSWORD, DEMO_PEOPLE, one_per_role
from blended_pilot.demo.story import Story
from contracts.models import ContractVersion, FeedRun, VersionStatus
from variance.models import Cycle, CycleStatus, LedgerEntry, Statement

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
STORY = Story(today=loading.today(NOW), members=60, months=4)


def state() -> dict[str, Any]:
    return {
        "cycles": sorted(Cycle.objects.values_list("contract__code", "month", "status", "digest")),
        "statements": sorted(Statement.objects.values_list("contract__code", "number", "total")),
        "entries": LedgerEntry.objects.count(),
        "runs": FeedRun.objects.count(),
        "people": User.objects.count(),
    }


def test_the_last_month_waits_and_all_before_it_are_closed() -> None:
    loading.load(story=STORY, now=NOW)

    tidewater = Cycle.objects.filter(contract__code="HARBOR").order_by("month").values_list("status", flat=True)
    assert list(tidewater) == [CycleStatus.CLOSED] * 3 + [CycleStatus.CALCULATED]
    marsh_lane = Cycle.objects.filter(contract__code="MARSH-LANE").order_by("month").values_list("status", flat=True)
    assert list(marsh_lane) == [CycleStatus.CLOSED] * 3 + [CycleStatus.IN_REVIEW]
    versions = ContractVersion.objects.values_list("contract__code", "number", "status").order_by("contract__code")
    assert set(versions) == {
        ("HARBOR", 1, VersionStatus.SIGNED),
        ("HARBOR", 2, VersionStatus.SIGNED),
        ("MARSH-LANE", 1, VersionStatus.SIGNED),
    }
    assert FeedRun.objects.filter(rows_rejected__gt=0).exists()
    assert LedgerEntry.objects.filter(line_kind="adjustment").exists()
    decided = list(Decision.objects.order_by("number").values_list("decided_at", flat=True))
    assert decided == sorted(decided)  # the register grows in the order of time
    assert Episode.objects.filter(ended_early_on=None).exists()
    assert LedgerEntry.objects.filter(service="stabilization_day", amount__gt=0).exists()
    assert SecondLook.objects.filter(looked_at__isnull=False).exists()
    call_command("verify", stdout=io.StringIO())


def test_a_second_load_keeps_what_people_did() -> None:
    loading.load(story=STORY, now=NOW)
    acts = Acts()
    provider = loading.tidewater(STORY)
    acts.submit(provider, STORY.month(3), NOW)
    acts.send_back(provider, STORY.month(3), NOW)
    before = state()

    assert loading.load(story=STORY, now=NOW) == 0
    assert loading.load(story=Story(today=STORY.today.replace(year=2027), members=60, months=4), now=NOW) == 0
    assert state() == before


def test_an_interrupted_load_ends_where_an_undisturbed_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    close = Acts.close
    closes = []

    def close_twice(self: Acts, *arguments: Any) -> None:
        closes.append(arguments)
        if len(closes) == 5:
            raise KeyboardInterrupt
        close(self, *arguments)

    monkeypatch.setattr(Acts, "close", close_twice)
    with pytest.raises(KeyboardInterrupt):
        loading.load(story=STORY, now=NOW)
    assert not Cycle.objects.filter(contract__code="HARBOR", month=STORY.month(3)).exists()

    loading.load(story=STORY, now=NOW)
    assert [status for *_, status, _ in state()["cycles"]].count(CycleStatus.CLOSED) == 6


def test_everybody_can_sign_in_and_every_role_is_shown_once() -> None:
    loading.load(story=STORY, now=NOW)
    for person in DEMO_PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(DEMO_PASSWORD)
        assert user.memberships.get().role == person.role
    assert len(one_per_role()) == len({person.role for person in DEMO_PEOPLE}) + 1
