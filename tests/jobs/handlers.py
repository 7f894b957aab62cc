"""Kinds of job that a real worker does in tests (`celery worker -I tests.jobs.handlers`)."""

import time
from typing import Any

from accounts.models import Organisation
from blended_pilot.jobs.registry import handles


@handles("test.grow")
def grow(job: Any, progress: Any) -> dict[str, Any]:
    """Add `rows` organisations, one every `pause` seconds, telling how far it is."""
    rows, pause = job.payload["rows"], job.payload["pause"]
    for number in range(rows):
        Organisation.objects.create(code=f"grown-{number}", name=f"Grown {number}")
        progress(done=number + 1, total=rows, text="Growing")
        time.sleep(pause)
    return {"grown": rows}
