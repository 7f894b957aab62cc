"""Every page and file as everybody: no text of strangers, and no identity that the access log does not know of."""

import pytest

from accounts.models import AccessEntry, AccessVerb
from tests.access.engine import ALLOWED, SEEN, crawl, foreign, told, unseen, wrong
from tests.access.world import PROVIDER, World

pytestmark = pytest.mark.django_db


def test_every_page_and_export_of_everybody(world: World) -> None:
    visits = crawl(world)

    assert wrong(visits) == []
    assert foreign(visits) == []
    assert told(visits) == []
    assert unseen(visits, world) == []
    assert len({visit.row.route for visit in visits if visit.expected == ALLOWED and SEEN in visit.text}) > 10


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
