"""The pages of jobs in a real browser: axe in every state, and a page that follows its job to the end."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from blended_pilot.jobs.models import Job, Status
from tests.factories.accounts import OrganisationFactory, person

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [
    pytest.param({}, id="light"),
    pytest.param({"dark": True}, id="dark"),
    pytest.param({"phone": True}, id="phone"),
]


@pytest.fixture
def finance() -> User:
    return person(Role.FINANCE, OrganisationFactory(name="Alder Care"), name="Fay Finance")


def jobs_in_every_state(asker: User) -> list[Job]:
    now = timezone.now()
    states: list[dict[str, Any]] = [
        {},
        {"attempts": 2},
        {"status": Status.RUNNING, "progress_text": "Checking rows", "progress_done": 4000, "progress_total": 100_000},
        {"status": Status.RUNNING},
        {"status": Status.DONE, "url": "/"},
        {"status": Status.FAILED, "error": "March 2026 is closed.\nPost this in April.", "url": "/"},
    ]
    made = []
    for number, state in enumerate(states):
        running = state.get("status") == Status.RUNNING
        ended = state.get("status") in (Status.DONE, Status.FAILED)
        made.append(
            Job.objects.create(
                kind="accounts.clear_sessions",
                key=str(number),
                created_by=asker,
                created_at=now,
                ring_at=now,
                started_at=now if running or ended else None,
                lease_until=now if running else None,
                finished_at=now if ended else None,
                **state,
            )
        )
    return made


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_is_accessible(
    look: dict[str, Any],
    finance: User,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
):
    page = new_page(finance, **look)
    addresses = [reverse("jobs:jobs"), *(reverse("jobs:job", args=[job.pk]) for job in jobs_in_every_state(finance))]
    found = {}
    for number, address in enumerate(addresses):
        page.goto(address)
        picture(page, f"jobs-{number}-{next(iter(look), 'light')}")
        found[address] = axe(page)

    assert {address: findings for address, findings in found.items() if findings} == {}


def test_the_page_follows_its_job_to_the_end_and_then_asks_no_more(finance: User, new_page: Callable[..., Page]):
    now = timezone.now()
    job = Job.objects.create(
        kind="accounts.clear_sessions", key="1", created_by=finance, created_at=now, ring_at=now, url="/"
    )
    page = new_page(finance)
    page.goto(reverse("jobs:job", args=[job.pk]))
    expect(page.locator("#job-state")).to_contain_text("waits for its turn")

    Job.objects.update(
        status=Status.RUNNING,
        started_at=now,
        lease_until=now,
        progress_done=1,
        progress_total=4,
        progress_text="Checking rows",
    )
    expect(page.locator("#job-state")).to_contain_text("1 of 4 (25%)")
    assert page.locator("progress").evaluate("bar => bar.position") == 0.25

    Job.objects.update(status=Status.DONE, lease_until=None, finished_at=now)
    expect(page.get_by_role("link", name="See the result")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []
