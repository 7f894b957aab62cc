import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import Organisation, Role, User
from accounts.permissions import NotAllowed
from blended_pilot.kernel.errors import Unusable
from contracts.models import Attachment, Contract, ContractVersion, Pilot, VersionStatus
from contracts.operations.attachments import LARGEST_BYTES, AttachmentFixed, File, attach, missing
from contracts.operations.documents import AlreadySigned, Effect, Loaded, NotADraft, load, withdraw
from contracts.operations.signing import sign
from tests.factories.accounts import OrganisationFactory, UserFactory, person
from tests.factories.contracts import document, loaded_contract, signatory, signed_contract

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMED = [{"title": "Model", "file": "model.xlsx"}, {"title": "Demand", "file": "demand.pdf"}]


@pytest.fixture
def system() -> User:
    return UserFactory(is_system=True)


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def loading(actor: User, *files: File, **overrides: Any) -> Loaded:
    source = json.dumps(document(**overrides)).encode()
    return load(source=source, source_format="json", attachments=files, actor=actor, now=NOON)


def everything() -> list[int]:
    return [model.objects.count() for model in (Organisation, Pilot, Contract, ContractVersion, Attachment)]


def test_loading_creates_the_contract_its_parties_and_its_pilot(system: User) -> None:
    loaded = loading(system, pilot={"code": "valley", "name": "Valley pilot"})
    contract = loaded.version.contract
    assert loaded.effect == Effect.CREATED
    assert (contract.code, contract.title, contract.currency, contract.timezone) == (
        "MINIMAL",
        "Minimal agreement",
        "USD",
        "America/New_York",
    )
    assert (contract.commissioner.code, contract.provider.code, contract.pilot.code) == ("county", "care", "valley")
    assert (loaded.version.number, loaded.version.status, loaded.version.loaded_by) == (1, "draft", None)
    assert everything() == [2, 1, 1, 1, 0]


def test_a_contract_without_a_pilot_is_its_own(system: User) -> None:
    assert loading(system).version.contract.pilot.name == "Minimal agreement"


def test_contracts_share_organisations_and_pilots_by_code(system: User) -> None:
    pilot = {"code": "valley", "name": "Valley pilot"}
    loading(system, pilot=pilot)
    loading(system, code="SECOND", provider={"code": "another", "name": "Another"}, pilot=pilot)
    assert everything() == [3, 1, 2, 2, 0]


def test_the_same_content_again_changes_nothing(system: User) -> None:
    first = loading(system)
    changes = ContractVersion.history.count()
    again = load(
        source=json.dumps(document(), indent=3).encode(),  # YAML with other spacing
        source_format="yaml",
        actor=system,
        now=NOON,
    )
    assert (again.effect, again.version.pk) == (Effect.UNCHANGED, first.version.pk)
    assert ContractVersion.history.count() == changes


def test_a_draft_is_replaced_by_another_text_of_its_number(system: User) -> None:
    first = loading(system).version
    replaced = loading(system, title="Better title")
    assert (replaced.effect, replaced.version.pk) == (Effect.REPLACED, first.pk)
    assert replaced.version.digest != first.digest
    assert replaced.version.contract.title == "Better title"
    assert ContractVersion.history.filter(id=first.pk).count() == 2


def test_a_signed_text_is_not_replaced(system: User) -> None:
    version = loading(system).version
    sign(version_id=version.pk, actor=signatory(version.contract.provider), now=NOON)
    with pytest.raises(AlreadySigned) as refusal:
        loading(system, title="Other title")
    assert refusal.value.sentence == (
        "Version 1 of MINIMAL is signed and stays as it is. Load the change as version 2."
    )
    version.refresh_from_db()
    assert version.document["title"] == "Minimal agreement"
    assert loading(system).effect == Effect.UNCHANGED


@pytest.mark.parametrize("number", [1, 3])
def test_a_new_version_has_the_next_number(system: User, number: int) -> None:
    signed_contract(code="NUMBERED")
    before = everything()
    error = AlreadySigned if number == 1 else Unusable
    with pytest.raises(error) as refusal:
        loading(system, code="NUMBERED", version=number, in_force_from="2026-04-01")
    if number == 3:
        assert refusal.value.reasons == ("version: must be 2, the one after the last of NUMBERED, and is 3",)
    assert everything() == before
    assert loading(system, code="NUMBERED", version=2, in_force_from="2026-04-01").effect == Effect.CREATED


def test_the_first_version_is_number_one(system: User) -> None:
    with pytest.raises(Unusable):
        loading(system, version=2)
    assert everything() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"provider": {"code": "new", "name": "New"}}, "provider.code: 'new' is not 'care'"),
        ({"commissioner": {"code": "new", "name": "New"}}, "commissioner.code: 'new' is not 'county'"),
        ({"currency": "EUR"}, "currency: 'EUR' is not 'USD'"),
        ({"timezone": "UTC"}, "timezone: 'UTC' is not 'America/New_York'"),
        ({"term": {"from": "2026-02-01", "to": "2027-12-31"}}, "term.from: '2026-02-01' is not '2026-01-01'"),
        ({"pilot": {"code": "new", "name": "New"}}, "pilot.code: 'new' is not 'MINIMAL'"),
    ],
)
def test_what_makes_a_contract_stays_from_version_to_version(
    system: User, change: dict[str, Any], sentence: str
) -> None:
    signed_contract()
    before = everything()
    with pytest.raises(Unusable) as refusal:
        loading(system, version=2, in_force_from="2026-04-01", **change)
    assert refusal.value.reasons == (f"{sentence}; it stays the same in every version of a contract",)
    assert everything() == before


def test_a_term_may_be_extended(system: User) -> None:
    signed_contract()
    later = loading(system, version=2, in_force_from="2026-04-01", term={"from": "2026-01-01", "to": "2028-12-31"})
    assert later.effect == Effect.CREATED


def test_a_broken_document_writes_nothing(system: User) -> None:
    with pytest.raises(Unusable) as refusal:
        loading(system, currency="X", timezone="Y")
    assert refusal.value.reasons == (
        "currency: 'X' is not a currency code such as USD or EUR",
        "timezone: 'Y' is not a timezone such as America/New_York",
    )
    assert everything() == [0, 0, 0, 0, 0]


def test_people_load_contracts_of_their_own_organisation_for_its_side() -> None:
    care = OrganisationFactory(code="care")
    county = OrganisationFactory(code="county")
    assert loading(person(Role.FINANCE, care)).version.loaded_by is not None
    assert loading(person(Role.COMMISSIONER, county), title="Other").effect == Effect.REPLACED


@pytest.mark.parametrize("role", [Role.INTAKE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_others_do_not_load(role: str) -> None:
    care = OrganisationFactory(code="care")
    with pytest.raises(NotAllowed):
        loading(person(role, care))
    assert Contract.objects.count() == 0


def test_finance_of_another_organisation_neither_creates_nor_replaces() -> None:
    stranger = person(Role.FINANCE, OrganisationFactory())
    with pytest.raises(NotAllowed):
        loading(stranger)
    contract = loaded_contract()
    with pytest.raises(NotAllowed):
        loading(stranger, title="Mine now")
    assert contract.versions.get().document["title"] == "Minimal agreement"


def test_a_provider_cannot_name_itself_commissioner_of_others_contract() -> None:
    care = OrganisationFactory(code="care")
    contract = loaded_contract()
    assert contract.provider == care
    taken = {"commissioner": {"code": "care", "name": "Care"}, "provider": {"code": "county", "name": "County"}}
    with pytest.raises(Unusable):
        loading(person(Role.FINANCE, care), **taken)


def test_attachments_are_kept_by_hash_and_missing_ones_are_named(system: User) -> None:
    loaded = loading(system, File("model.xlsx", b"figures"), attachments=NAMED)
    kept = loaded.version.attachments.get()
    assert (kept.title, kept.file_name, kept.size) == ("Model", "model.xlsx", 7)
    assert kept.sha256 == "dc2e3999e6b3e23f3327c0e6cb9a3d6cde4ab7cc16a46ec0fe716df8ce2717b9"
    with default_storage.open(kept.stored.name) as stored:
        assert stored.read() == b"figures"
    assert loaded.missing_attachments == ("demand.pdf",)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            [File("other.xlsx", b"x")],
            "other.xlsx is not named under attachments; the document names model.xlsx, demand.pdf.",
        ),
        ([File("model.xlsx", b"")], "model.xlsx is empty."),
        ([File("model.xlsx", b"a"), File("model.xlsx", b"b")], "model.xlsx is there twice."),
        ([File("model.xlsx", b"0" * (LARGEST_BYTES + 1))], "model.xlsx is larger than 25 MB."),
    ],
)
def test_attachments_that_do_not_fit_stop_the_load(system: User, files: list[File], sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        loading(system, *files, attachments=NAMED)
    assert refusal.value.reasons == (sentence,)
    assert everything() == [0, 0, 0, 0, 0]


def test_an_attachment_is_exchanged_until_the_first_signature_and_brought_late_after_it(system: User) -> None:
    version = loading(system, File("model.xlsx", b"one"), attachments=NAMED).version
    attach(version_id=version.pk, files=[File("model.xlsx", b"two")], actor=system, now=NOON)
    signer = signatory(version.contract.provider)
    sign(version_id=version.pk, actor=signer, now=NOON)
    with pytest.raises(AttachmentFixed):
        attach(version_id=version.pk, files=[File("model.xlsx", b"three")], actor=signer, now=NOON)
    attach(version_id=version.pk, files=[File("model.xlsx", b"two")], actor=signer, now=NOON)
    attach(version_id=version.pk, files=[File("demand.pdf", b"late")], actor=signer, now=NOON)
    names = version.attachments.order_by("file_name").values_list("file_name", "size", "uploaded_by")
    assert list(names) == [("demand.pdf", 4, signer.pk), ("model.xlsx", 3, None)]
    assert missing(version) == []


def test_a_replaced_draft_keeps_only_what_it_still_names(system: User) -> None:
    loading(system, File("model.xlsx", b"x"), File("demand.pdf", b"y"), attachments=NAMED)
    replaced = loading(system, attachments=NAMED[1:])
    assert [kept.file_name for kept in replaced.version.attachments.all()] == ["demand.pdf"]


def test_a_draft_is_withdrawn_with_a_reason_and_may_come_again(system: User) -> None:
    version = loading(system).version
    finance = signatory(version.contract.provider)
    with pytest.raises(Unusable):
        withdraw(version_id=version.pk, reason=" ", actor=finance, now=NOON)
    withdraw(version_id=version.pk, reason="Wrong rates", actor=finance, now=NOON)
    version.refresh_from_db()
    latest = ContractVersion.history.latest("history_id")
    assert (version.status, latest.history_change_reason, latest.history_user_id) == (
        "withdrawn",
        "Wrong rates",
        finance.pk,
    )
    assert loading(system).effect == Effect.REPLACED
    version.refresh_from_db()
    assert version.status == VersionStatus.DRAFT


def test_what_both_signed_is_not_withdrawn() -> None:
    version = signed_contract().versions.get()
    with pytest.raises(NotADraft):
        withdraw(version_id=version.pk, reason="Regret", actor=signatory(version.contract.provider), now=NOON)
    version.refresh_from_db()
    assert version.status == VersionStatus.SIGNED


def test_a_withdrawn_number_that_one_party_signed_is_used_up(system: User) -> None:
    version = loading(system).version
    finance = signatory(version.contract.provider)
    sign(version_id=version.pk, actor=finance, now=NOON)
    withdraw(version_id=version.pk, reason="Other rates", actor=finance, now=NOON)
    with pytest.raises(AlreadySigned):
        loading(system, title="Again")
    assert loading(system, title="Again", version=2).effect == Effect.CREATED
