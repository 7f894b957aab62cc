"""What Prometheus may ask, and that it is told about nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Role
from blended_pilot.jobs.models import Job
from tests.factories.accounts import OrganisationFactory, person

pytestmark = pytest.mark.django_db
TOKEN = "a-long-random-token"


def asked(client: Client, token: str = TOKEN) -> str:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return answer.content.decode()


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ä"])
@pytest.mark.parametrize("expected", [TOKEN, ""])
def test_nobody_reads_metrics_without_the_token_or_where_there_is_none(client, settings, expected, given):
    settings.METRICS_TOKEN = expected

    answer = client.get("/metrics", headers={"Authorization": given})

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_signed_in_person_is_not_a_token(client, settings):
    settings.METRICS_TOKEN = TOKEN
    client.force_login(
        person(Role.ADMINISTRATOR, OrganisationFactory()), backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    assert client.get("/metrics").status_code == 401


def test_requests_are_counted_by_route_and_tell_nothing_of_people(client, settings):
    """Fails when an address, a query or a name becomes a label."""
    settings.METRICS_TOKEN = TOKEN
    user = person(Role.SUPERVISOR, OrganisationFactory(), name="Kanarienvogel", email="kanarie@example.org")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/members/", {"search": "Kanarienmitglied"})
    client.get("/members/8675309/")
    client.get("/no-such-page/Kanarienseite/")

    text = asked(client)

    assert 'view="eligibility:members"' in text
    assert "kanarie" not in text.lower()
    assert "8675309" not in text


def test_jobs_are_told_by_kind_state_and_age(client, settings):
    settings.METRICS_TOKEN = TOKEN
    now = timezone.now()
    common = {"kind": "feed.check", "ring_at": now, "created_at": now - timedelta(minutes=10)}
    Job.objects.create(key="1", **common)
    Job.objects.create(key="2", **{**common, "created_at": now})
    Job.objects.create(key="3", status="failed", finished_at=now, error="no", **common)
    Job.objects.create(key="4", status="done", finished_at=now, **common)

    families = {family.name: family for family in text_string_to_metric_families(asked(client))}
    number = {tuple(sample.labels.values()): sample.value for sample in families["blended_pilot_jobs"].samples}
    age = {
        tuple(sample.labels.values()): sample.value for sample in families["blended_pilot_jobs_oldest_seconds"].samples
    }

    assert number == {("feed.check", "queued"): 2, ("feed.check", "failed"): 1}
    assert set(age) == {("feed.check", "queued")}
    assert 600 <= age[("feed.check", "queued")] < 700
