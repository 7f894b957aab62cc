"""What runs by itself, and in which order. This page is the whole of it.

Beat (`blended_pilot.celery`) starts each series; its steps are jobs that queue one another as they are done, so a step
sees what the ones before it left. A series has one key for its period: any number of beats start it once.
"""

from dataclasses import dataclass
from typing import Any

from celery.schedules import crontab

# Lost workers and unheard bells are found this often (seconds).
SWEEP_EVERY = 10


@dataclass(frozen=True)
class Series:
    """Steps, by kind of job, in order; `period` names what it runs once for (a strftime format)."""

    name: str
    schedule: crontab
    period: str
    steps: tuple[str, ...]


NIGHTLY = Series(
    name="nightly",
    schedule=crontab(hour=2, minute=30),
    period="%Y-%m-%d",
    steps=(
        # sign-ins that have ended are forgotten
        "accounts.clear_sessions",
        # and so are replies kept for programs that might have asked again
        "accounts.forget_replies",
        # papers that were made in the background are there for a week
        "authorizations.forget_papers",
        # what is due after contacts and episodes, for whatever came by a way that did not say so itself
        "baseline.refresh_follow_ups",
        # and after episodes whose days have passed or whose units are used up
        "authorizations.refresh_episode_follow_ups",
        # who meets a trigger and is not asked for: after the follow-ups, of which some are triggers
        "authorizations.missed_escalations",
        # last month's decisions, once the month has ended: drawn again, the draw stays
        "authorizations.draw_second_looks",
        # what each month bought, of contracts so large that nobody would wait for it
        "variance.count_months",
    ),
)

# Hour clocks run at night and on Sundays, too.
CLOCKS = Series(
    name="clocks",
    schedule=crontab(minute="*/15"),
    period="%Y-%m-%d %H:%M",
    steps=("authorizations.watch_clocks",),
)

HOURLY = Series(
    name="hourly",
    schedule=crontab(minute=10),
    period="%Y-%m-%d %H",
    steps=(
        # what was decided since the last time is sealed
        "authorizations.seal_registers",
        # people who want it are told by e-mail that notices wait
        "accounts.send_digests",
    ),
)

SERIES = (NIGHTLY, CLOCKS, HOURLY)


def beat_schedule() -> dict[str, Any]:
    """The schedule that beat keeps: the sweep, and every series."""
    sweep = {"jobs.sweep": {"task": "jobs.sweep", "schedule": SWEEP_EVERY}}
    series = {
        each.name: {
            "task": "jobs.start_series",
            "schedule": each.schedule,
            "args": [each.name, each.period, list(each.steps)],
        }
        for each in SERIES
    }
    return sweep | series
