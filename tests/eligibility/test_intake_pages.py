"""Referrals, determinations and departures through their pages, and hostile files through the door of the web."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessEntry, Role, User
from eligibility.models import AnswerEvidence, CoverageSpan, Departure, Determination, Evidence, Member, Referral
from tests.eligibility.conftest import World
from tests.eligibility.hostile import BAD, PDF
from tests.factories.eligibility import (
    AnswerFactory,
    CoverageSpanFactory,
    DeterminationFactory,
    EvidenceFactory,
    MemberFactory,
    ReferralFactory,
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media", FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
        yield tmp_path


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def client(intake: User) -> Client:
    return browser(intake)


def words(html: bytes | str) -> str:
    text = html.decode() if isinstance(html, bytes) else html
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_from_a_referral_to_a_member_by_pages_alone(ours: World, client: Client):
    log = reverse("eligibility:referrals")
    assert "New referral" in client.get(log).content.decode()
    sent = client.post(
        reverse("eligibility:new_referral", args=[ours.contract.code]),
        {
            "received_at": "2026-03-02T09:30", "referred_by": "Family doctor", "urgency": "urgent",
            "geography": "north", "given_name": "Ada", "family_name": "Newcomer", "birth_date": "1961-04-05",
        },
    )  # fmt: skip
    referral = Referral.objects.get()
    assert sent.headers["Location"] == reverse("eligibility:referral", args=[referral.pk])
    page = words(client.get(sent.headers["Location"]).content)
    assert "Answer overdue" in page
    assert "Ada Newcomer" in page

    who = reverse("eligibility:determine", args=[referral.pk])
    assert "Nobody who is a member already is written alike" in words(client.get(who).content)
    begun = client.post(who, {"given_name": "Ada", "family_name": "Newcomer", "birth_date": "1961-04-05"})
    found = Determination.objects.get()
    address = reverse("eligibility:determination", args=[found.pk])
    assert begun.headers["Location"] == address
    assert "Lives in the county" in client.get(address).content.decode()

    body = {
        "answer-resident": "met", "reason-resident": "", "files-resident": SimpleUploadedFile("bill.pdf", PDF),
        "answer-consent": "met", "answer-extra": "not_met", "reason-extra": "Not asked", "cohort": "adult",
        "geography": "north", "effective_on": "2026-03-09", "complete": "1",
    }  # fmt: skip
    assert client.post(address, body).status_code == 302
    member = Member.objects.get(family_name="Newcomer")
    assert CoverageSpan.objects.get(member=member).starts_on.isoformat() == "2026-03-09"
    shown = words(client.get(address).content)
    assert "Eligible" in shown
    assert "L1 provisionally, until one is decided" in shown
    assert "bill.pdf" in words(client.get(reverse("eligibility:member", args=[member.pk])).content)


def test_who_is_written_alike_is_chosen_or_explained(ours: World, client: Client):
    twin = MemberFactory(organisation=ours.contract.provider, given_name="Ada", family_name="Newcomber", reference="T1")
    referral = ReferralFactory(contract=ours.contract, given_name="Ada", family_name="Newcomer")
    who = reverse("eligibility:determine", args=[referral.pk])
    page = client.get(who)
    assert "Ada Newcomber (T1)" in page.content.decode()
    assert AccessEntry.objects.filter(verb="search", members=[twin.pk]).exists()

    body = {"given_name": "Ada", "family_name": "Newcomer"}
    refused = client.post(who, body)
    assert refused.status_code == 409
    assert "Choose them, or say why it is another person." in words(refused.content)
    assert client.post(who, {**body, "same_as": twin.pk}).status_code == 302
    assert Determination.objects.get().member == twin


def test_a_stranger_cannot_be_named_as_the_same_person(ours: World, theirs: World, client: Client):
    referral = ReferralFactory(contract=ours.contract, given_name="CANARYgiven", family_name="CANARYfamily")
    answer = client.post(
        reverse("eligibility:determine", args=[referral.pk]),
        {"given_name": "CANARYgiven", "family_name": "CANARYfamily", "same_as": theirs.member.pk},
    )
    assert "CANARY-REF" not in answer.content.decode()
    assert not Determination.objects.filter(member=theirs.member).exists()


def test_what_is_missing_is_listed_and_what_was_kept_stays(ours: World, client: Client):
    found = DeterminationFactory(contract=ours.contract, given_name="Ada")
    AnswerFactory(determination=found)
    address = reverse("eligibility:determination", args=[found.pk])
    refused = client.post(
        address, {"answer-resident": "met", "complete": "1", "explanation": "Typed with care", "cohort": "adult"}
    )

    assert refused.status_code == 409
    text = words(refused.content)
    assert "“Lives in the county”: attach the evidence." in text
    assert "Typed with care" in text
    found.refresh_from_db()
    assert (found.status, found.explanation, found.cohort) == ("draft", "Typed with care", "adult")


def test_not_eligible_says_why_on_a_page_that_prints(ours: World, client: Client):
    found = DeterminationFactory(contract=ours.contract, given_name="Ada")
    AnswerFactory(determination=found)
    address = reverse("eligibility:determination", args=[found.pk])
    client.post(
        address,
        {
            "answer-resident": "not_met", "reason-resident": "Lives elsewhere", "complete": "1",
            "explanation": "You live outside the county.",
        },
    )  # fmt: skip

    text = words(client.get(address).content)
    assert "Not eligible" in text
    assert "You live outside the county. Not met: Lives in the county: Lives elsewhere" in text


@pytest.mark.parametrize("name", ["program.pdf", "drawing.svg", "two-at-once.pdf", "bomb.docx", "packed-script.pdf"])
def test_a_hostile_file_is_refused_in_a_sentence_and_nothing_is_kept(
    ours: World, client: Client, store: Path, name: str
):
    found = DeterminationFactory(contract=ours.contract)
    AnswerFactory(determination=found)
    answer = client.post(
        reverse("eligibility:determination", args=[found.pk]),
        {"answer-resident": "met", "files-resident": SimpleUploadedFile(name, BAD[name][0], "application/pdf")},
    )

    assert answer.status_code == 409
    assert f"{name} was not kept: " in words(answer.content)
    assert not Evidence.objects.exists()
    assert [path for path in store.rglob("*") if path.is_file()] == []


class Endless:
    """A body of 200 MB that is made as it is read."""

    def __init__(self, head: bytes, size: int, tail: bytes) -> None:
        self._parts = [head, size, tail]
        self.length = len(head) + size + len(tail)

    def readline(self) -> bytes:  # asked for, and not called, by the test's own web server
        raise NotImplementedError

    def read(self, size: int = -1) -> bytes:
        for place, part in enumerate(self._parts):
            if isinstance(part, int) and part:
                taken = min(size, part)
                self._parts[place] = part - taken
                return bytes(taken)
            if isinstance(part, bytes) and part:
                self._parts[place] = part[size:]
                return part[:size]
        return b""


def test_200_megabytes_are_read_over_and_refused_in_a_sentence(
    ours: World, client: Client, store: Path, monkeypatch: pytest.MonkeyPatch
):
    found = DeterminationFactory(contract=ours.contract)
    AnswerFactory(determination=found)
    written = []
    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk",
        lambda self, raw_data, start: written.append(len(raw_data)),
    )
    line = "--limit\r\nContent-Disposition: form-data; name="
    head = (
        f'{line}"answer-resident"\r\n\r\nmet\r\n'
        f'{line}"files-resident"; filename="film.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-'
    ).encode()
    tail = f'\r\n{line}"explanation"\r\n\r\nTyped behind the file\r\n--limit--\r\n'.encode()
    body = Endless(head, 200_000_000, tail)
    answer = client.generic(
        "POST",
        reverse("eligibility:determination", args=[found.pk]),
        **{
            "wsgi.input": body,
            "CONTENT_LENGTH": str(body.length),
            "CONTENT_TYPE": "multipart/form-data; boundary=limit",
        },
    )

    assert answer.status_code == 409
    assert "film.pdf was not kept: it is larger than 25 MB." in words(answer.content)
    assert "Typed behind the file" in words(answer.content)
    assert sum(written) <= 25_100_000
    assert [path for path in store.rglob("*") if path.is_file() and path.stat().st_size] == []
    found.refresh_from_db()
    assert found.explanation == ""


def test_a_file_is_detached_and_stays_in_the_store(ours: World, client: Client, store: Path):
    found = DeterminationFactory(contract=ours.contract)
    AnswerFactory(determination=found)
    client.post(
        reverse("eligibility:determination", args=[found.pk]),
        {"answer-resident": "met", "files-resident": SimpleUploadedFile("bill.pdf", PDF)},
    )
    link = AnswerEvidence.objects.get()
    address = reverse("eligibility:determination", args=[found.pk])
    other = AnswerFactory(determination=DeterminationFactory(contract=ours.contract))
    of_another = AnswerEvidence.objects.create(
        organisation=other.organisation,
        determination=other.determination,
        answer=other,
        evidence=EvidenceFactory(contract=ours.contract),
    )
    for number in (of_another.pk, "x", ""):
        assert client.post(address, {"detach": number}).status_code == 404
    body = {"answer-resident": "met", "reason-resident": "Typed meanwhile", "detach": link.pk}
    assert client.post(address, body).status_code == 302
    assert list(AnswerEvidence.objects.all()) == [of_another]
    assert "Typed meanwhile" in client.get(address).content.decode()


def test_a_refused_completion_shows_the_files_that_were_kept(ours: World, client: Client):
    found = DeterminationFactory(contract=ours.contract)
    AnswerFactory(determination=found)
    refused = client.post(
        reverse("eligibility:determination", args=[found.pk]),
        {"answer-resident": "met", "files-resident": SimpleUploadedFile("bill.pdf", PDF), "complete": "1"},
    )
    assert refused.status_code == 409
    assert "bill.pdf" in refused.content.decode()
    assert AnswerEvidence.objects.count() == 1


def test_a_response_a_verification_and_a_closing_by_pages(ours: World, client: Client):
    found = ReferralFactory(contract=ours.contract)
    for name, body in (
        ("respond", {"responded_at": "2026-03-02T11:00"}),
        ("dispose", {"disposition": "declined", "reason": "Prefers the family"}),
    ):
        assert client.post(reverse(f"eligibility:{name}", args=[found.pk]), body).status_code == 302
    assert client.post(reverse("eligibility:verify_referral", args=[found.pk])).status_code == 403
    quality = browser(ours.at_provider(Role.QUALITY))
    assert quality.post(reverse("eligibility:verify_referral", args=[found.pk])).status_code == 302
    found.refresh_from_db()
    assert (found.first_response_at.hour, found.disposition, found.verified_on is not None) == (16, "declined", True)
    text = words(quality.get(reverse("eligibility:referral", args=[found.pk])).content)
    assert "The person declined" in text
    assert "Prefers the family" in text


def test_the_log_is_searched_by_name_by_those_who_may_see_names(ours: World, client: Client):
    member = MemberFactory(organisation=ours.contract.provider, given_name="Zoe", family_name="Quill")
    ReferralFactory(contract=ours.contract, referral_ref="RF-1", given_name="Zoe", family_name="Quillon")
    ReferralFactory(contract=ours.contract, referral_ref="RF-2", member=member)
    ReferralFactory(contract=ours.contract, referral_ref="RF-3", given_name="Adam", family_name="Zoellner")

    def found(who: Client, text: str) -> list[str]:
        page = who.get(reverse("eligibility:referrals"), {"text": text}).content.decode()
        return sorted(set(re.findall(r">(RF-[1-3])<", page)))

    assert found(client, "zoe") == ["RF-1", "RF-2", "RF-3"]
    assert found(client, "quill zoe") == ["RF-1", "RF-2"]
    assert found(client, "rf-3") == ["RF-3"]
    analyst = browser(ours.at_provider(Role.ANALYST))
    assert (found(analyst, "zoe"), found(analyst, "RF-3")) == ([], ["RF-3"])


def test_a_time_that_does_not_exist_is_refused_at_the_field(ours: World, client: Client):
    found = ReferralFactory(contract=ours.contract)
    answer = client.post(reverse("eligibility:respond", args=[found.pk]), {"responded_at": "2026-03-08T02:30"})
    assert answer.status_code == 422
    assert "This time does not exist" in words(answer.content)


def test_a_commissioner_reads_the_log_without_names_notes_or_the_providers_people(ours: World):
    supervisor = ours.at_provider(Role.SUPERVISOR)
    found = ReferralFactory(
        contract=ours.contract, given_name="Ada", note="Lives alone", member=ours.member,
        verified_on="2026-03-03", verified_by=supervisor.name, verifier=supervisor,
    )  # fmt: skip
    analyst = browser(ours.at_commissioner(Role.ANALYST))
    for address in (reverse("eligibility:referrals"), reverse("eligibility:referral", args=[found.pk])):
        text = analyst.get(address).content.decode()
        assert found.referral_ref in text
        assert ours.member.pseudonym in text
        for hidden in ("Ada", "Lives alone", supervisor.name, "OURS-REF", "OURSgiven"):
            assert hidden not in text, (address, hidden)


def test_the_log_does_not_call_people_the_system(ours: World, intake: User, client: Client):
    found = ReferralFactory(contract=ours.contract)
    client.post(reverse("eligibility:respond", args=[found.pk]), {"responded_at": "2026-03-02T11:00"})
    text = words(
        browser(ours.at_commissioner(Role.ANALYST)).get(reverse("eligibility:referral", args=[found.pk])).content
    )
    assert "a name that is not shown" in text
    assert intake.name not in text


def test_the_log_asks_as_often_for_ten_as_for_forty(ours: World, client: Client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("eligibility:referrals") + "?size=200")
        return len(counted)

    for number in range(10):
        ReferralFactory(contract=ours.contract, member=ours.member if number % 2 else None)
    queries()  # what is asked once for each person who signs in
    few = queries()
    for number in range(30):
        ReferralFactory(contract=ours.contract, member=ours.member if number % 2 else None)
    assert queries() == few


def test_filters_narrow_the_log(ours: World, client: Client):
    late = ReferralFactory(
        contract=ours.contract, referral_ref="LATE", response_due_at="2026-03-03T12:00Z", urgency="urgent"
    )
    ReferralFactory(contract=ours.contract, referral_ref="CLOSED", disposition="declined", geography="south")
    log = reverse("eligibility:referrals")
    for query, shown in (
        ("answered=overdue", {"LATE"}),
        ("state=closed", {"CLOSED"}),
        ("state=open", {"LATE"}),
        ("urgency=urgent", {"LATE"}),
        ("geography=south", {"CLOSED"}),
        ("verified=yes", set()),
        ("first=2026-03-03", set()),
        ("last=2026-03-02", {"LATE", "CLOSED"}),
        ("text=LA", {"LATE"}),
    ):
        text = client.get(f"{log}?{query}").content.decode()
        assert {name for name in ("LATE", "CLOSED") if f">{name}<" in text} == shown, query
    exported = client.get(f"{log}?export=csv&answered=overdue")
    assert late.referral_ref in b"".join(exported.streaming_content).decode()


def test_the_log_and_its_history_say_codes_in_words_and_files_keep_them(ours: World, client: Client):
    found = ReferralFactory(contract=ours.contract, geography="south")
    name = next(one["name"] for one in ours.contract.versions.get().document["geographies"] if one["code"] == "south")
    log = reverse("eligibility:referrals")
    assert f">{name}</td>" in client.get(log).content.decode()
    assert ",south," in b"".join(client.get(f"{log}?export=csv").streaming_content).decode()

    client.post(reverse("eligibility:dispose", args=[found.pk]), {"disposition": "declined", "reason": "Moved away."})
    shown = words(client.get(reverse("eligibility:referral", args=[found.pk])).content)
    assert "What became of it: nothing → The person declined" in shown


def test_leaving_and_coming_back_by_pages(ours: World, client: Client):
    CoverageSpanFactory(contract=ours.contract, member=MemberFactory(organisation=ours.contract.provider))
    page = reverse("eligibility:member", args=[ours.member.pk])
    leave = reverse("eligibility:depart", args=[ours.member.pk, ours.contract.code])
    assert client.get(leave).status_code == 200
    body = {"kind": "transfer", "last_day": "2026-02-10", "reason": "Moves", "transferred_to": ""}
    assert client.post(leave, body).status_code == 409
    assert client.post(leave, {**body, "transferred_to": "Marsh Lane"}).status_code == 302
    departure = Departure.objects.get()
    assert "Transfer" in words(client.get(page).content)
    back = reverse("eligibility:take_back", args=[departure.pk])
    assert client.post(back, {"reason": "Stays"}).status_code == 302
    assert CoverageSpan.objects.get(member=ours.member).ends_before is None


def test_merging_and_undoing_by_pages(ours: World):
    supervisor = browser(ours.at_provider(Role.SUPERVISOR))
    twin = MemberFactory(
        organisation=ours.contract.provider, reference="TWIN", given_name="OURSgiven", family_name="OURSfamily"
    )
    merge = reverse("eligibility:merge", args=[ours.member.pk])
    assert "OURSgiven OURSfamily (TWIN)" in words(supervisor.get(merge).content)
    assert supervisor.post(merge, {"other": "NOBODY", "reason": "Same"}).status_code == 409
    assert supervisor.post(merge, {"other": "TWIN", "reason": "Same"}).status_code == 302
    page = words(supervisor.get(reverse("eligibility:member", args=[ours.member.pk])).content)
    assert "Registered also as TWIN" in page
    gone = reverse("eligibility:member", args=[twin.pk])
    assert f"This is the same person as {ours.member.reference}" in words(supervisor.get(gone).content)
    assert reverse("eligibility:assign", args=[twin.pk]) not in supervisor.get(gone).content.decode()
    undo = reverse("eligibility:unmerge", args=[ours.member.merges.get().pk])
    assert supervisor.post(undo, {"reason": "Sisters"}).status_code == 302
    assert reverse("eligibility:assign", args=[twin.pk]) in supervisor.get(gone).content.decode()
    assert "Registered also as" not in words(supervisor.get(gone).content)
