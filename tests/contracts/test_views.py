import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from contracts.models import Contract, ContractVersion, Escalation, PlanLine
from contracts.operations.attachments import File, attach
from contracts.operations.escalations import raise_
from contracts.queries.readable import key_paths
from contracts.rules.faults import key_path
from tests.contracts.full_document import full
from tests.factories.accounts import OrganisationFactory, UserFactory, person
from tests.factories.contracts import document, loaded_contract, signatory, signed_contract

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STAFFED = document()["baseline"] | {
    "staffing": [{"role": "nurse", "funded_wte": 2, "minimum_safe_wte": 1, "cost_per_wte": "100.00"}],
    "lowest_planned_members": 10,
}


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def page(user: User, name: str, *args: Any, **data: Any) -> Any:
    return signed_in(user).get(reverse(f"contracts:{name}", args=args), data)


def sent(user: User, name: str, *args: Any, **data: Any) -> Any:
    return signed_in(user).post(reverse(f"contracts:{name}", args=args), data)


@pytest.fixture
def contract() -> Contract:
    return signed_contract()


@pytest.fixture
def draft() -> ContractVersion:
    loaded = loaded_contract(attachments=[{"title": "Model", "file": "model.xlsx"}], baseline=STAFFED)
    return loaded.versions.get()


def whole(draft_of: dict[str, Any]) -> Contract:
    values = {key: value for key, value in draft_of.items() if key not in {"schema"}}
    return loaded_contract(**values)


ADDRESSES = [
    ("contract", ("MINIMAL",)),
    ("version", ("MINIMAL", 1)),
    ("compare", ("MINIMAL", 1, 1)),
    ("download", ("MINIMAL", 1, "yaml")),
    ("attach", ("MINIMAL", 1)),
    ("align", ("MINIMAL", 1)),
    ("sign", ("MINIMAL", 1)),
    ("withdraw", ("MINIMAL", 1)),
]


@pytest.mark.parametrize(("name", "args"), ADDRESSES)
def test_another_organisation_finds_nothing(contract: Contract, name: str, args: tuple[Any, ...]) -> None:
    stranger = signatory(signed_contract(code="OTHER", provider={"code": "other", "name": "Other"}).provider)
    assert page(stranger, name, *args).status_code == 404
    # the control: for the contract's own finance the same address answers
    assert page(signatory(contract.provider), name, *args).status_code == 200


@pytest.mark.parametrize("name", ["attach", "align", "sign", "withdraw"])
def test_without_the_role_the_verbs_are_forbidden(contract: Contract, name: str) -> None:
    intake = person(Role.INTAKE, contract.provider)
    assert page(intake, name, "MINIMAL", 1).status_code == 403
    assert sent(intake, name, "MINIMAL", 1).status_code == 403
    assert page(intake, "version", "MINIMAL", 1).status_code == 200


def test_lists_show_own_contracts_only(contract: Contract) -> None:
    signed_contract(code="CANARY", provider={"code": "x", "name": "X"}, commissioner={"code": "y", "name": "Y"})
    text = page(signatory(contract.provider), "contracts").content.decode()
    assert "MINIMAL" in text
    assert "CANARY" not in text


def test_a_person_without_a_role_is_turned_away(contract: Contract) -> None:
    assert page(UserFactory(), "contracts").status_code == 403


def test_nobody_signed_in_is_sent_to_sign_in(contract: Contract) -> None:
    answer = Client().get(reverse("contracts:contracts"))
    assert (answer.status_code, "sign-in" in answer["Location"]) == (302, True)


def test_every_clause_of_the_document_is_an_anchor_once() -> None:
    contract = whole(full())
    text = page(signatory(contract.provider), "version", contract.code, 1).content.decode()
    stored = contract.versions.get().document
    missing = [path for steps in key_paths(stored) if text.count(f'id="{(path := key_path(steps))}"') != 1]
    assert missing == []


def test_a_version_says_what_cannot_be_worked_out_yet() -> None:
    contract = whole(full())
    text = page(signatory(contract.provider), "version", contract.code, 1).content.decode()
    assert "settlement.order[4]: the component &#x27;corridor&#x27; cannot be worked out yet" in text


def test_pages_cost_the_same_whatever_the_number_of_contracts(contract: Contract) -> None:
    user = signatory(contract.provider)
    client = signed_in(user)

    def queries() -> int:
        client.get(reverse("contracts:contracts"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("contracts:contracts")).status_code == 200
        return len(captured)

    one = queries()
    for number in range(3):
        signed_contract(code=f"MORE-{number}")
    assert queries() == one


def test_a_document_is_uploaded_with_its_attachments() -> None:
    care = OrganisationFactory(code="care")
    source = json.dumps(document(attachments=[{"title": "Model", "file": "model.xlsx"}])).encode()
    answer = sent(
        person(Role.FINANCE, care),
        "load",
        document=SimpleUploadedFile("contract.json", source),
        attachments=[SimpleUploadedFile("model.xlsx", b"figures")],
    )
    assert (answer.status_code, answer["Location"]) == (302, "/contracts/MINIMAL/1/")
    assert ContractVersion.objects.get().attachments.get().size == 7


def test_a_faulty_upload_lists_its_faults_and_keeps_nothing() -> None:
    care = OrganisationFactory(code="care")
    source = json.dumps(document(currency="X", timezone="Y")).encode()
    answer = sent(person(Role.FINANCE, care), "load", document=SimpleUploadedFile("contract.json", source))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "currency: &#x27;X&#x27; is not a currency code such as USD or EUR" in text
    assert "timezone: &#x27;Y&#x27; is not a timezone such as America/New_York" in text
    assert not Contract.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a: [", b"x" * 1_000_001, b"\x00"])
def test_hostile_uploads_are_refused_in_words(content: bytes) -> None:
    finance = person(Role.FINANCE, OrganisationFactory(code="care"))
    answer = sent(finance, "load", document=SimpleUploadedFile("contract.yaml", content))
    assert answer.status_code == 422
    assert not Contract.objects.exists()


def test_uploading_for_others_is_forbidden() -> None:
    OrganisationFactory(code="care")
    stranger = person(Role.FINANCE, OrganisationFactory())
    upload = SimpleUploadedFile("contract.json", json.dumps(document()).encode())
    assert sent(stranger, "load", document=upload).status_code == 403
    assert not Contract.objects.exists()


def test_signing_shows_the_text_and_asks_for_confirmation(draft: ContractVersion) -> None:
    finance = signatory(draft.contract.provider)
    sent(finance, "align", "MINIMAL", 1, confirmed="on")
    assert draft.digest in page(finance, "sign", "MINIMAL", 1).content.decode()
    assert sent(finance, "sign", "MINIMAL", 1, digest=draft.digest).status_code == 422
    assert draft.signatures.count() == 0
    assert sent(finance, "sign", "MINIMAL", 1, digest="0" * 64, read="on").status_code == 409
    assert draft.signatures.count() == 0
    assert sent(finance, "sign", "MINIMAL", 1, digest=draft.digest, read="on").status_code == 302
    assert draft.signatures.get().signed_by == finance
    assert sent(finance, "sign", "MINIMAL", 1, digest=draft.digest, read="on").status_code == 409


def test_signing_without_alignment_is_refused_on_the_page(draft: ContractVersion) -> None:
    answer = sent(signatory(draft.contract.provider), "sign", "MINIMAL", 1, digest=draft.digest, read="on")
    assert answer.status_code == 409
    assert "staffing alignment must be recorded" in answer.content.decode()


def test_the_alignment_page_shows_its_working(draft: ContractVersion) -> None:
    PlanLine.objects.create(contract=draft.contract, month=date(2026, 1, 1), level="L1", quantity=10)
    text = page(signatory(draft.contract.provider), "align", "MINIMAL", 1).content.decode()
    assert "$10.00" in text  # 100.00 over 10 members
    assert "$40.00" in text  # the plan's average
    assert "+$300.00" in text


def test_a_draft_is_withdrawn_with_a_reason(draft: ContractVersion) -> None:
    finance = signatory(draft.contract.provider)
    assert sent(finance, "withdraw", "MINIMAL", 1, reason="").status_code == 422
    assert sent(finance, "withdraw", "MINIMAL", 1, reason="Wrong rates").status_code == 302
    draft.refresh_from_db()
    assert draft.status == "withdrawn"
    assert "Wrong rates" in page(finance, "contract", "MINIMAL").content.decode()


def test_two_versions_are_compared(contract: Contract) -> None:
    loaded_contract(version=2, in_force_from="2026-06-01", title="Second text")
    finance = signatory(contract.provider)
    text = page(finance, "compare", "MINIMAL", 1, 2).content.decode()
    assert "Second text" in text
    assert "/contracts/MINIMAL/2/#in_force_from" in text
    assert page(finance, "choose_comparison", "MINIMAL", older="1", newer="2").status_code == 200
    assert page(finance, "choose_comparison", "MINIMAL", older="x").status_code == 404
    assert "say the same" in page(finance, "compare", "MINIMAL", 1, 1).content.decode()


def test_downloads_give_the_same_content_in_both_formats(contract: Contract) -> None:
    finance = signatory(contract.provider)
    version = contract.versions.get()
    as_json = page(finance, "download", "MINIMAL", 1, "json")
    assert as_json.content.decode() == version.source
    assert as_json["Content-Disposition"] == 'attachment; filename="MINIMAL-v1.json"'
    assert yaml.safe_load(page(finance, "download", "MINIMAL", 1, "yaml").content) == version.document


def test_the_schema_is_served(contract: Contract) -> None:
    answer = page(signatory(contract.provider), "schema")
    schema = json.loads(answer.content)
    assert answer["Content-Type"] == "application/schema+json"
    assert set(schema["required"]) == {
        "schema",
        "code",
        "title",
        "version",
        "in_force_from",
        "commissioner",
        "provider",
        "currency",
        "timezone",
        "term",
        "levels",
        "cohorts",
        "geographies",
        "services",
        "baseline",
        "settlement",
        "gates",
    }
    assert schema["additionalProperties"] is False


def test_attachments_come_as_downloads_of_no_known_type(draft: ContractVersion) -> None:
    finance = signatory(draft.contract.provider)
    kept = attach(
        version_id=draft.pk, files=[File("model.xlsx", b"<script>alert(1)</script>")], actor=finance, now=NOON
    )[0]
    answer = page(finance, "attachment", kept.pk)
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Content-Disposition"]) == (
        "application/octet-stream",
        "nosniff",
        'attachment; filename="model.xlsx"',
    )
    stranger = signatory(signed_contract(code="OTHER", provider={"code": "other", "name": "Other"}).provider)
    assert page(stranger, "attachment", kept.pk).status_code == 404


def test_documents_are_uploaded_later(draft: ContractVersion) -> None:
    finance = signatory(draft.contract.provider)
    wrong = SimpleUploadedFile("other.xlsx", b"x")
    assert sent(finance, "attach", "MINIMAL", 1, attachments=[wrong]).status_code == 422
    right = SimpleUploadedFile("model.xlsx", b"x")
    assert sent(finance, "attach", "MINIMAL", 1, attachments=[right]).status_code == 302
    assert draft.attachments.get().uploaded_by == finance


@pytest.fixture
def escalation(contract: Contract) -> Escalation:
    return raise_(
        contract_id=contract.pk,
        sign="rota_gaps",
        subject="2026-02",
        limit="at most 10",
        figure="12 in February 2026",
        recipients=[Role.FINANCE],
        due_on=date(2026, 3, 16),
        actor=UserFactory(),
        now=NOON,
    )


def test_an_escalation_is_taken_on_and_decided(contract: Contract, escalation: Escalation) -> None:
    finance = signatory(contract.provider)
    assert "12 in February 2026" in page(finance, "escalations").content.decode()
    assert "Rota gaps 2026-02" in signed_in(finance).get("/").content.decode()
    assert sent(finance, "take_on", escalation.pk).status_code == 302
    assert sent(finance, "escalation", escalation.pk, decision="").status_code == 422
    assert sent(finance, "escalation", escalation.pk, decision="Hire two").status_code == 302
    escalation.refresh_from_db()
    assert (escalation.owner, escalation.decided_by, escalation.decision) == (finance, finance, "Hire two")
    assert sent(finance, "escalation", escalation.pk, decision="Again").status_code == 409


def test_an_escalation_is_for_its_roles_and_its_parties(contract: Contract, escalation: Escalation) -> None:
    quality = person(Role.QUALITY, contract.provider)
    assert page(quality, "escalation", escalation.pk).status_code == 200
    assert sent(quality, "escalation", escalation.pk, decision="Mine").status_code == 403
    stranger = signatory(signed_contract(code="OTHER", provider={"code": "other", "name": "Other"}).provider)
    assert page(stranger, "escalation", escalation.pk).status_code == 404
    assert sent(stranger, "take_on", escalation.pk).status_code == 404
    assert sent(person(Role.AUDITOR, contract.provider), "take_on", escalation.pk).status_code == 403
    escalation.refresh_from_db()
    assert (escalation.status, escalation.owner) == ("open", None)


def test_what_waits_for_a_signature_is_on_the_home_page(draft: ContractVersion) -> None:
    home = signed_in(signatory(draft.contract.provider)).get("/").content.decode()
    assert "Sign version 1 of MINIMAL" in home
    intake = signed_in(person(Role.INTAKE, draft.contract.provider)).get("/").content.decode()
    assert "Sign version 1 of MINIMAL" not in intake


def test_contracts_are_found_by_the_search_box(contract: Contract) -> None:
    finance = signatory(contract.provider)
    assert "/contracts/MINIMAL/" in signed_in(finance).get("/search/", {"q": "minim"}).content.decode()
    stranger = signatory(signed_contract(code="OTHER", provider={"code": "other", "name": "Other"}).provider)
    assert "/contracts/MINIMAL/" not in signed_in(stranger).get("/search/", {"q": "minim"}).content.decode()
