"""The queue. It only rings the bell: what has to be done stands in the Job table."""

from celery import Celery

from blended_pilot.environment import choose_settings

choose_settings()

app = Celery("blended_pilot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
