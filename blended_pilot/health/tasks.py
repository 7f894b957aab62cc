from celery import shared_task
from django.core.cache import cache

from blended_pilot.health.checks import ECHO_KEPT, ECHO_TASK, echo_key


@shared_task(name=ECHO_TASK)
def echo(nonce: str) -> None:
    """Let whoever asked know that a worker is there."""
    cache.set(echo_key(nonce), True, ECHO_KEPT)
