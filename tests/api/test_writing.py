"""What programs write: files, documents, who looks after whom, decisions; and the same request sent twice at once."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AccessEntry, KeptReply, Role
from accounts.operations.replies import KEPT_FOR
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue, run
from contracts.models import Attachment, Escalation, FeedRun
from eligibility.models import Assignment, CoverageSpan
from tests.api.conftest import Program, program_of
from tests.factories.accounts import person
from tests.factories.contracts import document, signed_contract
from tests.factories.eligibility import PractitionerFactory, TeamFactory
from variance.models import Cycle

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
ROSTER = b"member_ref,cohort,geography,from,to\nNEW-1,adult,south,2026-01-01,\nNEW-2,nowhere,south,2026-01-01,\n"


def upload(program: Program, path: str, **fields: Any) -> Any:
    return program.client.post(f"/api/v1/{path}", fields)


# --- A feed --------------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_looked_at_and_applied(world: Any, work_off: Callable[[], Any]) -> None:
    program = world.provider["intake"]
    before = CoverageSpan.objects.count()

    sent = upload(
        program, "feeds/", contract=world.contract.code, kind="roster", file=SimpleUploadedFile("r.csv", ROSTER)
    )
    assert (sent.status_code, sent.json()["new"], sent.json()["feed"]["status"]) == (202, True, "uploaded")
    path = f"feeds/{sent.json()['feed']['id']}/"
    assert program.post(f"{path}apply/").status_code == 409  # nobody has looked at it yet
    work_off()

    checked = program.get(path).json()
    assert (checked["status"], checked["rows_read"], checked["rows_rejected"]) == ("checked", 2, 1)
    assert {change["code"]: change["count"] for change in checked["changes"]}
    (reject,) = program.get(f"{path}rejects/").json()["results"]
    assert (reject["row_number"], reject["column"]) == (3, "cohort")
    assert CoverageSpan.objects.count() == before

    applied = program.post(f"{path}apply/")
    assert applied.status_code == 202
    work_off()
    assert program.get(path).json()["status"] == "applied"
    assert program.get(f"jobs/{applied.json()['id']}/").json()["status"] == "done"
    assert CoverageSpan.objects.count() == before + 1
    assert program.post(f"{path}apply/").status_code == 409


def test_a_file_that_cannot_be_read_says_why_and_one_that_is_discarded_is_not_applied(
    world: Any, work_off: Callable[[], Any]
) -> None:
    program = world.provider["intake"]
    ids = []
    for content in (b"\xff\xfe\x00 nonsense", ROSTER):
        file = SimpleUploadedFile("r.csv", content)
        sent = upload(program, "feeds/", contract=world.contract.code, kind="roster", file=file)
        ids.append(sent.json()["feed"]["id"])
    work_off()

    unusable = program.get(f"feeds/{ids[0]}/").json()
    assert unusable["status"] == "unusable"
    assert unusable["reasons"]
    assert program.post(f"feeds/{ids[1]}/discard/").status_code == 200
    assert program.post(f"feeds/{ids[1]}/apply/").status_code == 409


# --- Documents of a version ----------------------------------------------------------------------------------------


@pytest.fixture
def draft(world: Any, settings: Any, tmp_path: Any) -> str:
    """The path of a draft that names a protocol which nobody has brought."""
    settings.MEDIA_ROOT = tmp_path
    text = document(
        version=2,
        in_force_from="2026-07-01",
        title="Minimal agreement",
        attachments=[{"title": "Protocol", "file": "protocol.txt"}],
    )
    loaded = world.provider["finance"].post("contracts/", {"document": json.dumps(text), "format": "json"})
    assert loaded.json()["missing_attachments"] == ["protocol.txt"]
    return "contracts/MINIMAL/versions/2/attachments/"


def test_a_document_is_brought_listed_and_taken_away_unchanged(world: Any, draft: str) -> None:
    program, other = world.provider["finance"], world.commissioner["auditor"]
    content = b"<script>What was agreed</script>"

    kept = upload(program, draft, file=SimpleUploadedFile("protocol.txt", content))
    assert (kept.status_code, kept.json()["title"], kept.json()["size"]) == (201, "Protocol", len(content))
    (listed,) = other.get(draft).json()["results"]
    assert listed == kept.json()

    file = other.get(f"{draft}{listed['id']}/")
    assert b"".join(file.streaming_content) == content
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == 'attachment; filename="protocol.txt"'
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert AccessEntry.objects.latest("pk").verb == "export"
    assert world.outsider.get(f"{draft}{listed['id']}/").status_code == 404
    assert program.get(f"contracts/MINIMAL/versions/1/attachments/{listed['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("other.txt", b"x", "is not named under attachments"), ("protocol.txt", b"", "empty")],
)
def test_a_document_that_the_text_does_not_name_or_that_is_empty_is_not_kept(
    world: Any, draft: str, name: str, content: bytes, said: str
) -> None:
    reply = upload(world.provider["finance"], draft, file=SimpleUploadedFile(name, content))

    assert reply.status_code == 422
    assert said in str(reply.json()["reasons"])
    assert not Attachment.objects.exists()


# --- Who looks after whom ------------------------------------------------------------------------------------------


def test_a_lead_is_assigned_covered_ended_and_taken_back(world: Any) -> None:
    program, member = world.provider["supervisor"], world.members[0]
    lead = PractitionerFactory(organisation=world.contract.provider, reference="P-7")
    stand_in = PractitionerFactory(organisation=world.contract.provider, reference="P-8")
    TeamFactory(organisation=world.contract.provider, name="North")
    path = f"members/{member.pk}/assignments/"

    made = program.post(
        path, {"practitioner_ref": "P-7", "team": "North", "starts_on": "2026-05-01", "reason": "moved"}
    )
    assert (made.status_code, made.json()["kind"], made.json()["team"]) == (201, "lead", "North")
    cover = {"practitioner_ref": "P-8", "starts_on": "2026-06-01", "ends_before": "2026-06-15", "reason": "leave"}
    covered = program.post(path, cover)
    assert (covered.status_code, covered.json()["kind"]) == (201, "cover")
    assert Assignment.objects.get(pk=covered.json()["id"]).practitioner == stand_in
    assert program.post(path, cover).status_code == 409

    ended = program.post(f"assignments/{made.json()['id']}/end/", {"ends_before": "2026-08-01", "reason": "closed"})
    assert (ended.status_code, ended.json()["ends_before"]) == (200, "2026-08-01")
    back = program.post(f"assignments/{covered.json()['id']}/withdraw/", {"reason": "wrong member"})
    assert (back.status_code, back.json()) == (200, {"id": covered.json()["id"], "withdrawn": True})
    assert list(Assignment.objects.filter(member=member, starts_on="2026-05-01").values_list("practitioner")) == [
        (lead.pk,)
    ]
    assert AccessEntry.objects.filter(members__contains=[member.pk], user__tokens__isnull=False).exists()


def test_colleagues_of_strangers_are_not_a_choice(world: Any) -> None:
    PractitionerFactory(reference="P-OTHER")
    reply = world.provider["supervisor"].post(
        f"members/{world.members[0].pk}/assignments/",
        {"practitioner_ref": "P-OTHER", "starts_on": "2026-05-01", "reason": "x"},
    )
    assert (reply.status_code, list(reply.json()["fields"])) == (422, ["practitioner_ref"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"practitioner_ref": "P-7"}, "starts_on"),
        ({"starts_on": "2026-05-01"}, "reason"),
        ({"starts_on": "2026-05-01", "ends_before": "2026-04-01", "reason": "x"}, "ends_before"),
        ({"starts_on": "2026-05-01", "ends_before": "2026-06-01", "reason": "x"}, "practitioner_ref"),
        ({"practitioner": 1, "starts_on": "2026-05-01", "reason": "x"}, "practitioner"),
    ],
)
def test_an_assignment_that_cannot_be_used_says_which_field(world: Any, body: dict[str, Any], field: str) -> None:
    before = Assignment.objects.count()
    reply = world.provider["supervisor"].post(f"members/{world.members[0].pk}/assignments/", body)
    assert reply.status_code == 422
    assert field in reply.json()["fields"]
    assert Assignment.objects.count() == before


# --- Decisions on signs --------------------------------------------------------------------------------------------


@pytest.fixture
def sign(world: Any) -> Escalation:
    return Escalation.objects.create(
        contract=world.contract,
        sign="late_records",
        subject="March",
        limit_text="5 per cent",
        figure_text="9 per cent",
        recipients=[Role.OPERATIONS],
        raised_at=NOW,
        due_on=NOW.date(),
    )


def test_a_sign_is_taken_on_and_decided_once(world: Any, sign: Escalation) -> None:
    program, path = world.provider["operations"], f"escalations/{sign.pk}/"

    assert [row["id"] for row in program.get("escalations/", status="open", mine="true").json()["results"]] == [sign.pk]
    assert (
        program.post(f"{path}take-on/").json()["owner"]
        == sign.contract.provider.memberships.get(role=Role.OPERATIONS).user.name
    )
    decided = program.post(f"{path}decide/", {"decision": "We hire."})
    assert (decided.status_code, decided.json()["status"], decided.json()["decision"]) == (200, "decided", "We hire.")
    again = program.post(f"{path}decide/", {"decision": "We do not."})
    assert (again.status_code, again.json()["sentence"] != "") == (409, True)
    assert program.post(f"{path}decide/", {"decision": " "}).status_code == 422
    assert world.provider["intake"].post(f"{path}decide/", {"decision": "x"}).status_code == 403
    assert world.outsider.get(path).status_code == 404


# --- Kept replies --------------------------------------------------------------------------------------------------


def test_old_replies_are_forgotten_at_night_and_young_ones_kept(world: Any) -> None:
    user = person(Role.FINANCE, world.contract.provider)
    for key, days in (("old", -1), ("young", 1)):
        KeptReply.objects.create(user=user, key=key, request_digest="d", at=NOW - KEPT_FOR + timedelta(days=days))
    job = enqueue(kind="accounts.forget_replies", key="night", payload={}, actor=None, now=NOW)

    run(job_id=job.pk, clock=timezone.now)

    assert list(KeptReply.objects.values_list("key", flat=True)) == ["young"]


def test_two_requests_with_one_key_at_once_are_one_effect(transactional_db: None) -> None:
    """Over two real connections. The second waits for the first, and is told what the first was told."""
    contract = signed_contract()
    program = program_of(person(Role.FINANCE, contract.provider))
    replies: list[Any] = []
    together = threading.Barrier(2)

    def ask() -> None:
        try:
            together.wait(timeout=20)
            replies.append(program.post("cycles/", {"contract": contract.code, "month": "2026-01"}, key="once"))
        finally:
            connection.close()

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json() == replies[1].json()
    assert sorted(reply.headers.get("Idempotent-Replay", "") for reply in replies) == ["", "true"]
    assert Cycle.objects.count() == 1


def test_a_reply_that_is_told_again_is_in_the_log_again(world: Any) -> None:
    program, member = world.provider["supervisor"], world.members[0]
    PractitionerFactory(organisation=world.contract.provider, reference="P-7")
    lead = {"practitioner_ref": "P-7", "starts_on": "2026-05-01", "reason": "moved"}

    replies = [program.post(f"members/{member.pk}/assignments/", lead, key="once") for _twice in range(2)]

    assert replies[0].json() == replies[1].json()
    assert AccessEntry.objects.filter(members=[member.pk], path__endswith="/assignments/").count() == 2


def test_an_effect_whose_reply_cannot_be_kept_is_undone(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program, member = world.provider["supervisor"], world.members[0]
    PractitionerFactory(organisation=world.contract.provider, reference="P-7")
    lead = {"practitioner_ref": "P-7", "starts_on": "2026-05-01", "reason": "moved"}
    before = Assignment.objects.count()

    save = KeptReply.save

    def dies(reply: KeptReply, *args: Any, update_fields: Any = None, **rest: Any) -> None:
        if update_fields:
            raise SystemError("the process ended between the effect and its reply")
        save(reply, *args, **rest)

    program.client.raise_request_exception = False
    with monkeypatch.context() as for_now:
        for_now.setattr(KeptReply, "save", dies)
        assert program.post(f"members/{member.pk}/assignments/", lead, key="once").status_code == 500
    assert (Assignment.objects.count(), KeptReply.objects.count()) == (before, 0)

    assert program.post(f"members/{member.pk}/assignments/", lead, key="once").status_code == 201
    assert Assignment.objects.count() == before + 1


def test_a_file_sent_twice_under_one_key_is_one_run(world: Any) -> None:
    client = world.provider["intake"].client
    answers = [
        client.post(
            "/api/v1/feeds/",
            {"contract": world.contract.code, "kind": "roster", "file": SimpleUploadedFile("r.csv", ROSTER)},
            headers={"Idempotency-Key": "roster-of-today"},
        )
        for _twice in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (FeedRun.objects.count(), Job.objects.filter(kind="feed.check").count()) == (1, 1)


def test_somebody_without_a_token_writes_nothing(world: Any) -> None:
    body = {"contract": world.contract.code, "month": "2026-01"}
    assert Client().post("/api/v1/cycles/", body, content_type="application/json").status_code == 401
    assert not Cycle.objects.exists()
