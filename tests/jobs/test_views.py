from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from blended_pilot.jobs.models import Job, Status
from tests.factories.accounts import OrganisationFactory, UserFactory, person
from tests.jobs.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Any:
    return OrganisationFactory(name="Alder Care")


@pytest.fixture
def finance(provider: Any) -> User:
    return person(Role.FINANCE, provider, name="Fay Finance")


@pytest.fixture
def make(counting: Any) -> Any:
    """A job of kind "Counting" in any state."""
    numbers = iter(range(1000))

    def job(status: str = Status.QUEUED, **values: Any) -> Job:
        lease = NOON if status == Status.RUNNING else None
        finished = NOON if status in (Status.DONE, Status.FAILED) else None
        state = {"status": status, "lease_until": lease, "finished_at": finished, "created_at": NOON, "ring_at": NOON}
        return Job.objects.create(kind="test.count", key=str(next(numbers)), **{**state, **values})

    return job


def page(client: Client, user: User, job: Job, **headers: str) -> Any:
    client.force_login(user)
    return client.get(reverse("jobs:job", args=[job.pk]), headers=headers)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "It waits for its turn"),
        ({"attempts": 2}, "It was interrupted and will be tried again by itself (tried 2 of 5 times)"),
        ({"status": Status.RUNNING, "started_at": NOON}, "It has started."),
        (
            {
                "status": Status.RUNNING,
                "started_at": NOON,
                "progress_done": 4000,
                "progress_total": 100_000,
                "progress_text": "Checking rows",
            },
            "4,000 of 100,000 (4%)",
        ),
        ({"status": Status.DONE}, "Done <time"),
        ({"status": Status.FAILED, "error": "March 2026 is closed.\nPost this in April."}, "Post this in April."),
    ],
)
def test_the_page_says_in_a_sentence_how_it_stands(client, finance, make, values, sentence):
    response = page(client, finance, make(created_by=finance, **values))

    assert response.status_code == 200
    assert sentence in " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("status", "asks_again"),
    [(Status.QUEUED, True), (Status.RUNNING, True), (Status.DONE, False), (Status.FAILED, False)],
)
def test_the_page_brings_itself_up_to_date_until_the_job_has_ended(client, finance, make, status, asks_again):
    job = make(status, created_by=finance, error="No." if status == Status.FAILED else "")

    fragment = page(client, finance, job, **{"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert ('hx-trigger="every 2s"' in fragment) is asks_again


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED])
def test_an_ended_job_leads_back_to_where_it_belongs(client, finance, make, status):
    error = "No." if status == Status.FAILED else ""
    response = page(client, finance, make(status, created_by=finance, error=error, url="/feeds/7/"))

    assert '<a class="btn btn-primary" href="/feeds/7/">' in response.content.decode()


def test_a_colleague_sees_it_and_another_organisation_gets_404(client, provider, finance, make):
    job = make(created_by=finance, organisation_id=provider.pk)
    colleague = person(Role.INTAKE, provider)
    stranger = person(Role.FINANCE, OrganisationFactory())

    assert page(client, colleague, job).status_code == 200
    assert page(client, stranger, job).status_code == 404


def test_a_job_of_nobodys_organisation_is_its_askers_alone(client, provider, finance, make):
    job = make(created_by=finance)

    assert page(client, finance, job).status_code == 200
    assert page(client, person(Role.FINANCE, provider), job).status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in_and_nobody_without_a_role_may(client, finance, make):
    job = make(created_by=finance)
    assert client.get(reverse("jobs:job", args=[job.pk])).status_code == 302
    assert page(client, UserFactory(), job).status_code == 403


def test_the_list_shows_what_is_visible_newest_first(client, provider, finance, make):
    mine = make(created_by=finance)
    ours = make(Status.DONE, organisation_id=provider.pk)
    make(created_by=person(Role.FINANCE, OrganisationFactory()))
    client.force_login(finance)

    listing = client.get(reverse("jobs:jobs")).context["listing"]
    assert listing.shown == [ours, mine]

    assert client.get(reverse("jobs:jobs"), {"mine": "me"}).context["listing"].shown == [mine]
    assert client.get(reverse("jobs:jobs"), {"status": "done"}).context["listing"].shown == [ours]
    assert client.get(reverse("jobs:jobs"), {"kind": "test.count"}).context["listing"].shown == [ours, mine]


def test_the_list_asks_as_often_for_three_as_for_one(client, finance, make, django_assert_max_num_queries):
    client.force_login(finance)
    client.get(reverse("jobs:jobs"))  # what is read once is read here
    counts = []
    for _ in (1, 2):
        make(created_by=finance)
        with django_assert_max_num_queries(50) as asked:
            client.get(reverse("jobs:jobs"))
        counts.append(len(asked))
        make(created_by=finance)
    assert counts[0] == counts[1]


def test_an_empty_list_says_what_it_is_for(client, finance):
    client.force_login(finance)

    assert "Nothing has run yet" in client.get(reverse("jobs:jobs")).content.decode()
