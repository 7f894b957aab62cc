"""Evidence: what is kept, under which name, and who may have it; and what is not, without a trace."""

import hashlib
import io
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AccessEntry, Role, User
from accounts.permissions import NotAllowed
from blended_pilot.kernel.audit import recording
from eligibility.models import Evidence
from eligibility.operations.evidence import EvidenceNotTaken, filing, keep, shown_name
from eligibility.rules.evidence import Recognised, Unsuitable, recognise
from tests.eligibility.conftest import NOON, World
from tests.eligibility.hostile import BAD, GOOD, JPEG, PDF, PNG, docx
from tests.factories.eligibility import EvidenceFactory


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


def on_disk(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def kept(ours: World, actor: User, name: str, content: bytes, **more: Any) -> Evidence:
    return keep(
        contract_id=ours.contract.pk,
        member_id=ours.member.pk,
        file=ContentFile(content),
        file_name=name,
        actor=actor,
        now=NOON,
        **more,
    )


@pytest.mark.parametrize("name", GOOD)
def test_a_document_or_picture_is_recognised_by_name_and_content(name: str):
    found = recognise(io.BytesIO(GOOD[name]), name)

    assert isinstance(found, Recognised)
    assert found.extension == name.rpartition(".")[2].lower()


@pytest.mark.parametrize("name", BAD)
def test_what_is_something_else_hides_something_or_acts_is_refused(name: str):
    content, code = BAD[name]
    with pytest.raises(Unsuitable) as refusal:
        recognise(io.BytesIO(content), name)

    assert refusal.value.code == code


def test_bytes_that_look_like_a_command_inside_a_picture_of_a_pdf_are_only_a_picture():
    picture = b"2 0 obj << /Subtype /Image >>\nstream\n\x01/JS \x02/JavaScript \nendstream endobj\n"
    recognise(io.BytesIO(PDF.replace(b"trailer", picture + b"trailer")), "scan.pdf")


def test_a_file_is_kept_by_hash_under_a_random_name(ours: World, intake: User, store: Path):
    first, second = (kept(ours, intake, "../../etc/Letter of\u202e consent.pdf", PDF) for _ in range(2))

    [one, two] = Evidence.objects.order_by("pk")
    assert (one, two) == (first, second)
    assert (one.file_name, one.content_type, one.size) == ("Letter of consent.pdf", "application/pdf", len(PDF))
    assert one.sha256 == two.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (one.organisation, one.contract, one.member) == (ours.contract.provider, ours.contract, ours.member)
    assert one.stored.name != two.stored.name
    assert "etter" not in one.stored.name
    assert sorted(path.relative_to(store).as_posix() for path in on_disk(store)) == sorted(
        [one.stored.name, two.stored.name]
    )
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in on_disk(store))


@pytest.mark.parametrize("name", BAD)
def test_a_refused_file_is_told_in_a_sentence_and_leaves_no_trace(ours: World, intake: User, store: Path, name: str):
    with pytest.raises(EvidenceNotTaken) as refusal:
        kept(ours, intake, name, BAD[name][0])

    assert refusal.value.sentence.startswith(f"{name} was not kept: ")
    assert not Evidence.objects.exists()
    assert on_disk(store) == []


def test_a_file_beyond_the_limit_is_refused(ours: World, intake: User, store: Path, settings: Any):
    settings.EVIDENCE_LARGEST_BYTES = 1_000_000
    with pytest.raises(EvidenceNotTaken, match=r"big.jpg was not kept: it is larger than 1 MB."):
        kept(ours, intake, "big.jpg", JPEG[:-2] + bytes(1_000_000) + JPEG[-2:])

    assert on_disk(store) == []


def test_only_the_care_team_brings_evidence(ours: World, theirs: World, store: Path):
    for actor in (
        ours.at_provider(Role.FINANCE),
        ours.at_commissioner(Role.CLINICAL_LEAD),
        theirs.at_provider(Role.INTAKE),
    ):
        with pytest.raises(NotAllowed):
            kept(ours, actor, "letter.pdf", PDF)

    assert on_disk(store) == []


def test_a_refusal_later_on_takes_the_file_away_again(ours: World, intake: User, store: Path):
    def more_goes_wrong() -> None:
        with filing(), recording(actor=intake):
            kept(ours, intake, "letter.pdf", PDF)
            assert len(on_disk(store)) == 1
            raise EvidenceNotTaken("Something else was wrong.")

    with pytest.raises(EvidenceNotTaken):
        more_goes_wrong()

    assert on_disk(store) == []
    assert not Evidence.objects.exists()


def test_evidence_only_grows(ours: World, intake: User, store: Path):
    found = kept(ours, intake, "letter.pdf", PDF)
    for change in (found.delete, lambda: Evidence.objects.update(sha256="0" * 64)):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            change()


def test_evidence_of_another_provider_is_not_found(ours: World, theirs: World, store: Path):
    found = EvidenceFactory(contract=ours.contract, member=ours.member)
    seen = {
        (side, role): Evidence.objects.visible_to(getattr(ours, f"at_{side}")(role)).filter(pk=found.pk).exists()
        for side in ("provider", "commissioner")
        for role in Role.values
    }

    assert {key for key, sees in seen.items() if sees} == {
        *(("provider", role) for role in ("intake", "practitioner", "supervisor", "clinical_lead", "auditor")),
        ("commissioner", "clinical_lead"),
        ("commissioner", "auditor"),
    }
    assert not Evidence.objects.visible_to(theirs.at_provider(Role.CLINICAL_LEAD)).exists()


def test_evidence_leaves_as_a_download_that_no_browser_opens_and_is_logged(
    ours: World, intake: User, client: Client, store: Path
):
    found = kept(ours, intake, "Brief 1.pdf", PDF)
    client.force_login(intake, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("eligibility:evidence", args=[found.pk]))

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'attachment; filename="Brief 1.pdf"'
    entry = AccessEntry.objects.latest("pk")
    assert (entry.verb, entry.what, entry.members) == ("view", f"Evidence {found.pk}", [ours.member.pk])


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_a_look_at_evidence_is_a_picture_made_here_and_is_logged(
    ours: World, theirs: World, intake: User, client: Client, *, store: Path, headers: dict[str, str]
):
    found = kept(ours, intake, "scan.png", PNG)
    address = reverse("eligibility:evidence_preview", args=[found.pk])
    client.force_login(intake, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.get(address, headers=headers)

    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "img-src 'self' data:" in answer["Content-Security-Policy"]
    assert b64encode(PNG).decode() not in page  # nothing of the file itself
    assert re.search(r'<img class="evidence-picture" src="data:image/png;base64,iVBOR[\w+/=]+" alt="scan.png">', page)
    entry = AccessEntry.objects.latest("pk")
    assert (entry.verb, entry.what, entry.members) == ("view", f"Evidence {found.pk}, page 1", [ours.member.pk])

    client.force_login(theirs.at_provider(Role.INTAKE), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address, headers=headers).status_code == 404
    client.force_login(ours.at_provider(Role.FINANCE), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("plan.docx", docx(), "A file of this kind is not shown here. Download it to read it."),
        ("note.pdf", PDF, "This file cannot be shown here: it is damaged, locked or too large."),
    ],
)
def test_what_cannot_be_shown_is_named_and_offered(
    ours: World, intake: User, client: Client, *, store: Path, name: str, content: bytes, sentence: str
):
    found = kept(ours, intake, name, content)
    client.force_login(intake, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("eligibility:evidence_preview", args=[found.pk])).content.decode()
    assert (sentence in page, "<img class" in page) == (True, False)
    assert reverse("eligibility:evidence", args=[found.pk]) in page


def test_the_store_is_not_part_of_the_web(ours: World, intake: User, client: Client, store: Path):
    found = kept(ours, intake, "letter.pdf", PDF)
    for address in (f"/media/{found.stored.name}", f"/static/{found.stored.name}", f"/{found.stored.name}"):
        assert client.get(address).status_code in {301, 404}
    assert default_storage.exists(found.stored.name)


def test_names_are_shown_without_what_deceives():
    assert shown_name("C:\\fakepath\\report.pdf") == "report.pdf"
    assert shown_name("exe\u202efdp.pdf") == "exefdp.pdf"
    assert shown_name("") == "file"
    assert len(shown_name("a" * 400 + ".pdf")) == 200
    assert shown_name("a" * 400 + ".pdf").endswith(".pdf")
