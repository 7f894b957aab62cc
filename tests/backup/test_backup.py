"""A backup holds everything and comes back; a damaged one is known before anything is touched."""

import io
import json
import random
import tarfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from accounts.models import Role, User
from blended_pilot.backup import archive, drill, making, restoring
from blended_pilot.kernel.errors import Unusable
from contracts.models import Attachment
from eligibility.models import Member
from tests.factories.accounts import person
from tests.variance.story import story

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
JANUARY = date(2026, 1, 1)


@pytest.fixture
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def lived_in(media: Path) -> None:
    """A closed month, a person, a file that a row names and one that none does."""
    told = story()
    told.visit(told.member("A"), "v1", date(2026, 1, 9))
    told.close(JANUARY)
    person(Role.FINANCE, told.contract.provider)
    attachment = Attachment(
        version=told.contract.versions.latest("number"),
        title="Protocol",
        file_name="p.txt",
        sha256="0" * 64,
        size=8,
        uploaded_at=NOW,
    )
    attachment.stored.save("p.txt", ContentFile(b"protocol"), save=False)
    attachment.save()
    default_storage.save("feeds/2026/roster.csv", ContentFile(b"member_ref\n"))


@pytest.fixture
def kept(lived_in: None, tmp_path: Path) -> Path:
    file, _ = making.make(out=tmp_path, now=NOW)
    return file


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


def failed(shown: list[drill.Shown]) -> dict[str, list[str]]:
    return {str(one.what): one.faults for one in shown if one.faults}


def test_a_backup_counts_and_hashes_what_it_holds(kept: Path) -> None:
    assert kept.name == "blended-pilot-20260901T120000Z.tar"
    assert kept.stat().st_mode & 0o777 == 0o600
    with archive.opened(kept) as (manifest, tar):
        assert manifest.rows["eligibility_member"] == Member.objects.count() == 1
        assert set(manifest.files) == {Attachment.objects.get().stored.name, "feeds/2026/roster.csv"}
        assert len(tar.getmembers()) == 4


def test_the_drill_shows_that_it_comes_back_and_leaves_nothing(kept: Path) -> None:
    before, name, files = databases(), connection.settings_dict["NAME"], list(making.stored_files())

    manifest, shown = drill.drill(file=kept)

    assert failed(shown) == {}
    assert len(shown) == 5
    assert manifest.made_at == NOW.isoformat()
    assert (databases(), connection.settings_dict["NAME"]) == (before, name)
    assert len(list(making.stored_files())) == len(files) == 2
    assert not User.objects.filter(password__startswith="argon2").exists()  # the drill's password went with it


def test_the_drill_is_a_command_with_an_exit_status(kept: Path, capsys: Any) -> None:
    call_command("restore", str(kept), "--drill", "--json")

    answer = json.loads(capsys.readouterr().out)
    assert answer["holds"] is True
    assert [one["faults"] for one in answer["drill"]] == [[]] * 5


def test_flipped_bytes_are_noticed_before_anything_is_touched(kept: Path, tmp_path: Path) -> None:
    """In every part of the file that holds something; what tar fills up its blocks with says nothing."""
    before = databases()
    whole = kept.read_bytes()
    with tarfile.open(kept) as tar:
        spans = [(member.offset_data, member.size) for member in tar.getmembers()]
    chance = random.Random(7)  # noqa: S311 (the same every time)
    places = [start + chance.randrange(size) for start, size in spans for _ in range(12)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        file = tmp_path / "damaged.tar"
        file.write_bytes(damaged)
        with pytest.raises(Unusable):
            drill.drill(file=file)
    for end in (0, 511, len(whole) // 2):
        (tmp_path / "cut.tar").write_bytes(whole[:end])
        with pytest.raises(Unusable):
            restoring.restore(file=tmp_path / "cut.tar", replace=True)

    assert databases() == before
    assert Member.objects.count() == 1


def rewritten(kept: Path, file: Path, manifest: archive.Manifest, **replaced: bytes) -> Path:
    """The same archive with other content under a manifest that hashes right."""
    with archive.opened(kept) as (_, old), tarfile.open(file, "w") as tar:
        for name in [archive.DATABASE, *(archive.FILES + each for each in manifest.files)]:
            archive.add(tar, name, archive.taken_out(old, name))
        archive.add(tar, archive.MANIFEST, io.BytesIO(manifest.written()))
    return file


def test_a_backup_whose_counts_do_not_hold_is_refused(kept: Path, tmp_path: Path) -> None:
    with archive.opened(kept) as (manifest, _):
        manifest.rows["variance_ledgerentry"] += 1
    before = databases()

    with pytest.raises(Unusable) as refused:
        drill.drill(file=rewritten(kept, tmp_path / "other.tar", manifest))

    assert refused.value.reasons[0].startswith("variance_ledgerentry has ")
    assert databases() == before


@pytest.mark.parametrize(
    ("harm", "noticed"),
    [
        ("ALTER TABLE variance_ledgerentry DISABLE TRIGGER USER", "the ledger, history and triggers, as verify does"),
        (
            "UPDATE variance_statement SET content_hash = repeat('0', 64)",
            "the ledger, history and triggers, as verify does",
        ),
        ("ALTER TABLE eligibility_member DISABLE ROW LEVEL SECURITY", "roles, rights and row security"),
        ("DROP POLICY cycle_seen_by_both_sides ON variance_cycle", "roles, rights and row security"),
        ("UPDATE contracts_attachment SET stored = 'gone.txt'", "uploaded files by their hash"),
        ("UPDATE accounts_user SET is_active = false, deactivated_at = now()", "signing in"),
    ],
)
def test_the_drill_fails_where_something_of_the_restored_does_not_hold(
    kept: Path, monkeypatch: pytest.MonkeyPatch, harm: str, noticed: str
) -> None:
    """Negative controls: each harm is done to the restored database, between restore and look."""
    put_back = restoring.put_back

    def and_harm(*arguments: Any) -> None:
        put_back(*arguments)
        with connection.as_owner(), connection.cursor() as cursor:
            if not harm.startswith("ALTER"):
                cursor.execute("SET session_replication_role = replica")
            cursor.execute(harm)
            cursor.execute("RESET session_replication_role")

    monkeypatch.setattr(drill, "put_back", and_harm)
    _, shown = drill.drill(file=kept)

    assert noticed in failed(shown)


def test_a_restore_does_not_go_over_what_is_there_unless_told(kept: Path, media: Path, capsys: Any) -> None:
    Member.objects.update(language="changed")
    default_storage.delete("feeds/2026/roster.csv")
    with pytest.raises(SystemExit) as ended:
        call_command("restore", str(kept))
    assert ended.value.code == 3
    assert "--replace" in capsys.readouterr().err
    assert Member.objects.get().language == "changed"

    call_command("restore", str(kept), "--replace")

    assert Member.objects.get().language != "changed"
    with default_storage.open("feeds/2026/roster.csv", "rb") as content:
        assert content.read() == b"member_ref\n"
    assert failed(drill.drill(file=kept)[1]) == {}


def test_a_backup_does_not_write_over_another(kept: Path) -> None:
    before = kept.read_bytes()

    with pytest.raises(Unusable):
        making.make(out=kept, now=NOW)

    assert kept.read_bytes() == before
    assert not list(kept.parent.glob(".*"))
