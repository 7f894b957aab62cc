"""A request from draft to decision, by the interface for programs."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from authorizations.models import Decision, Request
from eligibility.models import Evidence, LevelSpan
from tests.factories.authorizations import DecisionFactory, RequestFactory
from tests.factories.care import care
from tests.factories.eligibility import LevelSpanFactory
from tests.pdf import text_of

WHY = {"necessity": "Needs daily contact.", "risk": "Admission.", "criteria": "unplanned_contacts"}


class Program:
    """Asks in a person's name, as a browser that is signed in may."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def get(self, path):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path, body=None):
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


@pytest.fixture
def programs(ours):
    LevelSpan.objects.all().delete()
    month_ago = timezone.now().date() - timedelta(days=30)
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L2", starts_on=month_ago)
    return Program(ours.practitioner), Program(ours.lead)


def wish(ours, **given):
    return {
        "contract": ours.contract.code,
        "member": ours.member.pk,
        "kind": "upgrade",
        "requested_level": "L3",
        "starts_on": timezone.now().date().isoformat(),
        "grounds": "Calls every night.",
        **given,
    }


def test_request_question_answer_and_approval_at_another_level(ours, programs):
    asks, decides = programs
    today = timezone.now().date()
    made = asks.post("requests/", wish(ours)).json()
    refused = asks.post(f"requests/{made['id']}/submit/")
    assert refused.status_code == 409
    assert "unplanned_contacts: 0 of 3 contacts within 14 days are in the record." in refused.content.decode()
    ours.unplanned(today, today - timedelta(days=2), today - timedelta(days=4))
    submitted = asks.post(f"requests/{made['id']}/submit/").json()
    assert (submitted["status"], submitted["triggers"][0]["found"]) == ("submitted", 3)
    assert [row["id"] for row in decides.get("queue/").json()["results"]] == [made["id"]]

    asked = decides.post(f"requests/{made['id']}/ask/", {"text": "Who is there?"}).json()
    assert (asked["status"], asked["questions"][0]["effect"]) == ("questioned", "extend")
    answered = asks.post(f"requests/{made['id']}/answer/", {"text": "Nobody."}).json()
    assert answered["questions"][0]["answer"] == "Nobody."

    verdict = {
        "approve": True,
        "level": "L4",
        "starts_on": today.isoformat(),
        "ends_before": (today + timedelta(days=28)).isoformat(),
        "difference_reason": "recent_change",
        "difference_text": "Alone since Friday.",
        **WHY,
    }
    assert asks.post(f"requests/{made['id']}/decide/", verdict).status_code == 403
    decided = decides.post(f"requests/{made['id']}/decide/", verdict).json()
    [entry] = decided["decisions"]
    assert (decided["status"], entry["outcome"], entry["level"], entry["number"]) == ("decided", "changed", "L4", 1)
    again = decides.post(f"requests/{made['id']}/decide/", verdict)
    assert (again.status_code, Decision.objects.count()) == (409, 1)
    assert f"was decided by {ours.lead.name}" in again.content.decode()


def test_evidence_is_attached_to_a_draft(ours, programs):
    asks, _decides = programs
    made = asks.post("requests/", wish(ours, attested={"safeguarding": "Bruises."})).json()
    file = SimpleUploadedFile("note.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    reply = asks.client.post(f"/api/v1/requests/{made['id']}/evidence/", {"file": file, "trigger": "safeguarding"})
    assert reply.status_code == 200, reply.content
    assert asks.post(f"requests/{made['id']}/submit/").json()["status"] == "submitted"


def test_what_another_organisation_asks_is_not_there(ours, programs):
    asks, _decides = programs
    made = asks.post("requests/", wish(ours)).json()
    theirs = care("CARE-2")
    stranger = Program(theirs.lead)

    assert stranger.get(f"requests/{made['id']}/").status_code == 404
    assert stranger.post(f"requests/{made['id']}/claim/").status_code == 404
    assert stranger.post("requests/", wish(ours)).status_code == 404
    assert stranger.post("requests/", {**wish(ours), "member": theirs.member.pk}).status_code == 404
    assert Request.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_with_a_sentence(ours, programs):
    asks, _ = programs
    made = asks.post("requests/", wish(ours)).json()
    film = SimpleUploadedFile("film.pdf", b"%PDF-1.7\n" + bytes(settings.EVIDENCE_LARGEST_BYTES))
    score = {
        "contract": ours.contract.code, "member": ours.member.pk, "instrument": "acuity", "score": 9,
        "assessed_on": "2026-03-01", "assessor": "A. Nurse",
    }  # fmt: skip
    for address, body in ((f"requests/{made['id']}/evidence/", {}), ("assessments/", score)):
        film.seek(0)
        reply = asks.client.post(f"/api/v1/{address}", {**body, "file": film})
        assert (reply.status_code, reply.json()["sentence"]) == (
            409,
            "film.pdf was not kept: it is larger than 25 MB.",
        )
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("given", "status", "word"),
    [
        ({"ends_before": "0001-01-01"}, 422, "Give a day between 1900 and 2199."),
        ({"starts_on": "9999-12-31"}, 422, "Give a day between 1900 and 2199."),
        ({"ends_before": "2020-01-01"}, 409, "The last day lies before the first."),
        ({"kind": "episode", "service": "stabilization_day", "units": "-1"}, 409, "Ask for more than 0 units."),
    ],
)
def test_an_absurd_wish_is_refused_with_a_sentence(ours, programs, given, status, word):
    reply = programs[0].post("requests/", wish(ours, **given))
    assert reply.status_code == status
    assert word in reply.content.decode()
    assert not Request.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59:59-12:00"])
def test_an_absurd_receipt_is_refused_with_a_sentence(ours, programs, moment):
    made = programs[0].post("requests/", wish(ours)).json()
    reply = programs[0].post(f"requests/{made['id']}/submit/", {"received_at": moment})
    assert (reply.status_code, reply.json()["fields"]) == (422, {"received_at": ["Give a day between 1900 and 2199."]})


def test_a_draft_is_changed_until_it_is_submitted(ours, programs):
    asks, decides = programs
    today = timezone.now().date()
    made = asks.post("requests/", wish(ours)).json()
    new = {"requested_level": "L4", "starts_on": today.isoformat(), "grounds": "Falls, too."}

    changed = asks.post(f"requests/{made['id']}/change/", new)
    early = decides.post(f"requests/{made['id']}/claim/")
    ours.unplanned(today, today - timedelta(days=2), today - timedelta(days=4))
    asks.post(f"requests/{made['id']}/submit/")
    late = asks.post(f"requests/{made['id']}/change/", new)

    assert (changed.status_code, changed.json()["requested_level"], changed.json()["grounds"]) == (
        200, "L4", "Falls, too.",
    )  # fmt: skip
    assert (early.status_code, early.json()["sentence"]) == (409, "RQ-1 was not submitted yet.")
    assert (late.status_code, late.json()["sentence"]) == (409, "RQ-1 was submitted: it can be withdrawn, not changed.")


def test_the_papers_of_an_entry_are_for_programs_too(ours):
    entry = DecisionFactory(request__contract=ours.contract, request__member=ours.member)
    others = Program(ours.at(Role.CLINICAL_LEAD, side="commissioner"))
    lead = Program(ours.lead)

    record, letter = (lead.get(f"register/{entry.pk}/{name}/") for name in ("record", "letter"))

    assert (record.status_code, record["Content-Type"]) == (200, "application/pdf")
    assert 'filename="letter-approval-1.pdf"' in letter["Content-Disposition"]
    assert ours.member.family_name in text_of(letter.content)
    assert ours.member.family_name not in text_of(others.get(f"register/{entry.pk}/record/").content)
    assert others.get(f"register/{entry.pk}/letter/").status_code == 403


def test_a_draft_of_a_program_remembers_when_it_came(ours, programs):
    came = (timezone.now() - timedelta(days=2)).replace(microsecond=0)
    ours.unplanned(*(came.date() - timedelta(days=back) for back in (1, 2, 3)))
    made = programs[0].post("requests/", wish(ours, received_at=came.isoformat())).json()
    assert datetime.fromisoformat(made["stated_receipt"]) == came
    submitted = programs[0].post(f"requests/{made['id']}/submit/").json()
    assert datetime.fromisoformat(submitted["received_at"]) == came


def test_the_queue_is_narrowed_for_programs_as_it_is_on_the_page(ours):
    now = timezone.now()
    kinds = (("upgrade", now - timedelta(hours=1)), ("renewal", now + timedelta(hours=5)))
    late, soon = (
        RequestFactory(
            contract=ours.contract, member=ours.member, number=number, kind=kind, due_at=due, cohort="adult",
            received_at=now - timedelta(days=7), assigned_to=ours.lead if kind == "renewal" else None,
        )
        for number, (kind, due) in enumerate(kinds, start=71)
    )  # fmt: skip
    lead = Program(ours.lead)

    def found(query):
        return [row["id"] for row in lead.get(f"queue/?{query}").json()["results"]]

    assert (found("due=overdue"), found("due=soon"), found("due=stands")) == ([late.pk], [soon.pk], [])
    assert (found("whose=mine"), found("whose=nobody")) == ([soon.pk], [late.pk])
    assert (found("cohort=adult"), found("geography=nowhere")) == ([late.pk, soon.pk], [])
    assert lead.get("queue/?due=later").status_code == 400
