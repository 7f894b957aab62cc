"""The queue. It only rings the bell: what has to be done stands in the Job table."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging

from blended_pilot.environment import choose_settings
from blended_pilot.pipeline import beat_schedule

choose_settings()

app = Celery("blended_pilot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = beat_schedule()
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_the_settings(**_: Any) -> None:
    """A receiver of this signal keeps Celery from arranging the log its own way."""
