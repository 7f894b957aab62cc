import pytest
from tests.access.engine import crawl, trespass, wrong, foreign, unseen, told, unlogged

ROUTES = (
    "referral",
    "determin",
    "abandon",
    "detach",
    "depart",
    "take_back",
    "merge",
    "evidence",
    "assess",
    "respond",
    "dispose",
    "correct_ref",
    "answers",
    "attach",
    "complete",
    "content",
    "supersede",
    "eligibility:member",
)


def which(row):
    return row.route.split(":")[0] in (
        "eligibility",
        "eligibility_api",
        "authorizations",
        "authorizations_api",
    ) and any(x in row.route for x in ROUTES)


def test_mine(world):
    visits = crawl(world, which)
    assert wrong(visits) == []
    assert foreign(visits) == []
    assert unseen(visits, world) == []
    assert told(visits) == []
    v, changed = trespass(world, which)
    assert wrong(v) == []
    assert changed == []
    assert unlogged(v) == []
