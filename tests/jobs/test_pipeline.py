from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app

from blended_pilot.jobs import registry
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import start_series
from blended_pilot.pipeline import SERIES, beat_schedule

NIGHT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def test_beat_keeps_the_page_and_every_step_has_somebody_to_do_it():
    for series in SERIES:
        for step in series.steps:
            assert registry.work(step)
    for entry in beat_schedule().values():
        assert entry["task"] in current_app.tasks
    assert current_app.conf.beat_schedule == beat_schedule()


@pytest.mark.django_db
def test_two_beats_start_a_series_once_in_its_period(counting, bells):
    series = {"name": "nightly", "period": "%Y-%m-%d", "kinds": ["test.count", "test.count"]}
    first = start_series(**series, now=NIGHT)
    again = start_series(**series, now=NIGHT + timedelta(seconds=3))
    next_night = start_series(**series, now=NIGHT + timedelta(days=1))

    assert first == again
    assert list(Job.objects.order_by("pk").values_list("key", "then")) == [
        ("nightly 2026-03-02", ["test.count"]),
        ("nightly 2026-03-03", ["test.count"]),
    ]
    assert next_night != first
