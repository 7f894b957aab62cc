"""Every page and file as everybody: no text of strangers, and no identity that the access log does not know of."""

from dataclasses import replace

import pytest
from django.db import transaction

from accounts.middleware import Access
from accounts.models import AccessEntry, AccessVerb
from tests.access.engine import (
    ALLOWED,
    SEEN,
    Visit,
    Which,
    ask,
    crawl,
    everything,
    expected,
    foreign,
    told,
    unseen,
    wrong,
)
from tests.access.routes import ROWS
from tests.access.world import PROVIDER, World

pytestmark = pytest.mark.django_db
WRITERS = ("provider supervisor", "provider clinical_lead", "provider finance", "provider administrator")


def test_every_page_and_export_of_everybody(world: World) -> None:
    visits = crawl(world)

    assert wrong(visits) == []
    assert foreign(visits) == []
    assert told(visits) == []
    assert unseen(visits, world) == []
    assert len({visit.row.route for visit in visits if visit.expected == ALLOWED and SEEN in visit.text}) > 10


def _answers_to_forms(world: World, which: Which = everything) -> list[Visit]:
    """Every form, filled in and empty, by the first of the writers whom it is for; what it wrote is taken back."""
    visits = []
    for row in ROWS:
        of_row = (world.persona(name) for name in WRITERS)
        persona = next((one for one in of_row if expected(row, one, own=True) == ALLOWED), None)
        if row.method != "POST" or persona is None or not which(row):
            continue
        for filled in (row, replace(row, body="")):
            with transaction.atomic():
                visits.append(ask(filled, persona, "ours", world))
                transaction.set_rollback(True)
    return visits


def test_no_answer_to_a_form_shows_the_member_without_the_log(world: World) -> None:
    visits = _answers_to_forms(world)

    assert unseen(visits, world) == []
    assert told(visits) == []
    assert foreign(visits) == []
    assert len({visit.row.route for visit in visits if SEEN in visit.text}) > 10


def test_without_notes_they_are_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Access, "note", lambda self, **values: None)

    assert unseen(_answers_to_forms(world, lambda row: row.route == "eligibility:assign"), world) != []


def test_a_search_shows_the_member_to_its_provider_and_the_log_knows(world: World) -> None:
    for name in ("provider intake", "provider finance", "commissioner quality", "commissioner finance"):
        persona = world.persona(name)
        for text in (world.ours.member.reference, world.theirs.member.reference, world.theirs.contract.code):
            page = persona.client.get("/search/", {"q": text}).content.decode()
            entry = AccessEntry.objects.latest("pk")
            assert (entry.verb, entry.what, entry.user) == (AccessVerb.SEARCH, text, persona.user)
            ours = text == world.ours.member.reference and persona.side == PROVIDER
            assert (world.ours.member.pk in entry.members) == ours
            assert page.count(world.theirs.contract.title) == 0
            assert f"/members/{world.theirs.member.pk}/" not in page
