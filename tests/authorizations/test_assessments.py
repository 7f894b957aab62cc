"""Assessments: the suggested level and its working, evidence, and correction by a new one."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from authorizations.models import Assessment, AssessmentEvidence
from authorizations.operations import assessments as operations
from authorizations.queries.assessments import standing, trend
from authorizations.rules.suggestion import Band, Lift, OutOfRange, Override, suggested
from eligibility.models import Evidence
from eligibility.operations.evidence import EvidenceNotTaken
from tests.eligibility.conftest import NOON, World, world
from tests.eligibility.hostile import PDF, PROGRAM
from tests.factories.contracts import signed_contract

BANDS = [Band(0, 7, "L1"), Band(8, 14, "L2"), Band(15, 22, "L3")]
RANKS = {"L1": 1, "L2": 2, "L3": 3}
LIFTS = [Override("risk", "L2")]
TODAY = date(2026, 3, 2)
INSTRUMENT = {
    "code": "acuity",
    "version": "2",
    "score": {"min": 0, "max": 22},
    "levels": [
        {"from": 0, "to": 7, "level": "L1"},
        {"from": 8, "to": 14, "level": "L2"},
        {"from": 15, "to": 22, "level": "L3"},
    ],
    "flags": ["risk"],
    "overrides": [{"when": "risk", "at_least": "L2"}],
}


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


@pytest.fixture
def ours(db: None) -> World:
    made = world("OURS")
    made.contract = signed_contract(
        **{
            **made.contract.versions.get().document,
            "version": 2,
            "authorization": {"instruments": [INSTRUMENT]},
        }
    )
    return made


@pytest.fixture
def nurse(ours: World) -> User:
    return ours.at_provider(Role.PRACTITIONER)


@pytest.mark.parametrize(
    ("score", "flags", "level"),
    [
        (0, [], "L1"),
        (7, [], "L1"),
        (8, [], "L2"),
        (14, [], "L2"),
        (15, [], "L3"),
        (22, [], "L3"),
        (0, ["risk"], "L2"),
        (14, ["risk"], "L2"),
        (15, ["risk"], "L3"),
    ],
)
def test_a_score_suggests_the_level_of_its_band_and_a_flag_lifts_it(score: int, flags: list[str], level: str):
    assert suggested(score=score, flags=flags, bands=BANDS, overrides=LIFTS, ranks=RANKS).level == level


def test_the_working_says_band_and_lift():
    found = suggested(score=3, flags=["risk"], bands=BANDS, overrides=LIFTS, ranks=RANKS)

    assert found.lifts == (Lift("risk", "L2", "L1", "L2"),)
    assert found.as_data() == {
        "score": 3,
        "band": {"from": 0, "to": 7, "level": "L1"},
        "lifts": ({"flag": "risk", "at_least": "L2", "before": "L1", "after": "L2"},),
        "level": "L2",
    }
    with pytest.raises(OutOfRange):
        suggested(score=23, flags=[], bands=BANDS, overrides=LIFTS, ranks=RANKS)


def record(ours: World, nurse: User, **more: Any) -> Assessment:
    values = {"instrument": "acuity", "score": 10, "flags": (), "assessed_on": TODAY, "assessor": "A. Nurse"}
    return operations.record(
        contract_id=ours.contract.pk, member_id=ours.member.pk, actor=nurse, **{"now": NOON, **values, **more}
    )


def test_an_assessment_keeps_score_version_working_and_evidence(ours: World, nurse: User):
    found = record(ours, nurse, score=3, flags=["risk"], files=[("scan.pdf", ContentFile(PDF))])

    assert (found.version, found.score, found.flags, found.suggested_level) == ("2", 3, ["risk"], "L2")
    assert found.working["band"] == {"from": 0, "to": 7, "level": "L1"}
    assert found.working["terms_version"] == 2
    [link] = AssessmentEvidence.objects.filter(assessment=found)
    assert (link.evidence.member, link.evidence.file_name) == (ours.member, "scan.pdf")


def test_what_the_terms_do_not_know_is_refused_without_a_trace(ours: World, nurse: User, store: Path):
    for more, refusal in (
        ({"instrument": "other"}, operations.UnknownInstrument),
        ({"flags": ["unknown"]}, operations.UnknownInstrument),
        ({"score": 23}, operations.ScoreOutOfRange),
        ({"score": -1}, operations.ScoreOutOfRange),
        ({"assessed_on": TODAY + timedelta(days=1)}, operations.NotYet),
        ({"files": [("scan.pdf", ContentFile(PDF)), ("x.pdf", ContentFile(PROGRAM))]}, EvidenceNotTaken),
        ({"actor": ours.at_provider(Role.FINANCE)}, NotAllowed),
        ({"actor": ours.at_commissioner(Role.CLINICAL_LEAD)}, NotAllowed),
    ):
        with pytest.raises(refusal):
            record(ours, more.pop("actor", nurse), **more)

    assert not Assessment.objects.exists()
    assert not Evidence.objects.exists()
    assert [path for path in store.rglob("*") if path.is_file()] == []


def correct(found: Assessment, nurse: User, **more: Any) -> Assessment:
    values = {"score": 16, "flags": (), "assessed_on": TODAY, "assessor": "A. Nurse", "reason": "Added up wrong"}
    return operations.supersede(assessment_id=found.pk, actor=nurse, now=NOON, **{**values, **more})


def test_a_correction_takes_the_place_and_the_wrong_one_stays_readable(ours: World, nurse: User):
    wrong = record(ours, nurse, files=[("scan.pdf", ContentFile(PDF))])
    right = correct(wrong, nurse)
    wrong.refresh_from_db()

    assert (right.supersedes, right.suggested_level) == (wrong, "L3")
    assert (wrong.score, wrong.withdrawn_reason) == (10, "Added up wrong")
    assert list(standing(ours.contract.pk, ours.member.pk, "acuity")) == [right]
    assert [link.evidence.file_name for link in right.files.all()] == ["scan.pdf"]
    with pytest.raises(operations.AlreadyReplaced):
        correct(wrong, nurse)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=record(ours, nurse).pk).update(supersedes=wrong)


def test_a_correction_that_cannot_be_is_no_withdrawal(ours: World, nurse: User):
    wrong = record(ours, nurse)
    with pytest.raises(operations.ScoreOutOfRange):
        correct(wrong, nurse, score=99)
    with pytest.raises(operations.ReasonMissing):
        correct(wrong, nurse, reason=" ")
    wrong.refresh_from_db()

    assert wrong.withdrawn_at is None
    assert Assessment.objects.count() == 1


def test_a_withdrawn_assessment_counts_for_nothing(ours: World, nurse: User):
    found = record(ours, nurse)
    operations.withdraw(assessment_id=found.pk, reason="Another person", actor=nurse, now=NOON)

    assert not standing(ours.contract.pk, ours.member.pk, "acuity").exists()


def test_scores_over_time_are_a_chart_from_two_on(ours: World, nurse: User):
    record(ours, nurse, score=4, assessed_on=TODAY - timedelta(days=30))
    scores = standing(ours.contract.pk, ours.member.pk, "acuity")
    assert trend(ours.contract.pk, "acuity", list(scores)) is None

    record(ours, nurse, score=16)
    drawn = trend(ours.contract.pk, "acuity", list(scores.all()))
    assert "went from 4 on" in drawn.finding
    assert "The latest step was +12" in drawn.finding
    assert [row[1] for row in drawn.rows] == [4, 16]


@pytest.mark.parametrize("days", [10, 30, 50, 90, 119, 120, 400])
def test_no_day_is_written_twice_under_a_chart(ours: World, nurse: User, days: int):
    record(ours, nurse, score=4, assessed_on=TODAY - timedelta(days=days))
    record(ours, nurse, score=16)
    drawn = trend(ours.contract.pk, "acuity", list(standing(ours.contract.pk, ours.member.pk, "acuity")))

    labels = re.findall(r">([A-Z][a-z]{2} \d+)<", drawn.light)
    assert len(labels) > 1
    assert len(labels) == len(set(labels)), labels


def test_the_pages_record_show_and_correct(ours: World, nurse: User, client: Client):
    client.force_login(nurse, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = reverse("authorizations:record_assessment", args=[ours.member.pk, ours.contract.code])
    body = {"instrument": "acuity", "score": "9", "assessed_on": "2026-03-02", "assessor": "A. Nurse"}
    assert client.get(address).status_code == 200
    assert client.post(address, {**body, "score": "99"}).status_code == 409
    assert client.post(address, body).status_code == 302
    found = Assessment.objects.get()
    page = client.get(reverse("authorizations:assessment", args=[found.pk])).content.decode()
    assert "9 lies from 8 to 14, which suggests L2 (version 2 of the terms)." in page
    panel = client.get(reverse("authorizations:assessment_panel", args=[ours.member.pk])).content.decode()
    assert f'href="{reverse("authorizations:assessment", args=[found.pk])}"' in panel
    corrected = client.post(
        reverse("authorizations:supersede_assessment", args=[found.pk]), {**body, "score": "2", "reason": "Misread"}
    )
    assert corrected.status_code == 302
    assert Assessment.objects.filter(withdrawn_at=None).get().suggested_level == "L1"
