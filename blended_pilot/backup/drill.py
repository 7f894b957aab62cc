"""The drill: a backup is restored beside the installation and looked at, and nothing of it stays.

It shows that the backup is whole, that counts, ledger, history, guards, row security, roles and files are what they
should be, and that a person can sign in and open the first page.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.translation import gettext as _
from psycopg import sql

from accounts.models import User
from blended_pilot.backup import archive
from blended_pilot.backup.making import stored_files
from blended_pilot.backup.restoring import put_back
from blended_pilot.kernel.postgresql.logins import role_prefix
from blended_pilot.kernel.roles import faults as faults_of_roles
from contracts.models import Contract
from variance.queries import proofs

FIRST_FEW = 20


@dataclass
class Shown:
    """One thing that the drill looked at. `faults` are sentences; it holds when there are none."""

    what: str
    figures: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def drill(*, file: Path) -> tuple[archive.Manifest, list[Shown]]:
    """Raises Unusable where the backup is damaged or does not come back at all."""
    with archive.opened(file) as (manifest, tar), _beside():
        put_back(manifest, tar)
        looks: list[Callable[[archive.Manifest], Shown]] = [_rows, _files, _guards, _ledger, _sign_in]
        return manifest, [look(manifest) for look in looks]


@contextmanager
def _beside() -> Iterator[None]:
    """For the block, a database and a folder for files of its own, under the installation's own roles."""
    ours, scratch = connection.settings_dict["NAME"], f"drill_{secrets.token_hex(6)}"
    with (
        tempfile.TemporaryDirectory(prefix="blended-pilot-drill-") as folder,
        override_settings(
            MEDIA_ROOT=folder,
            STORAGES={**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}},
            DATABASE_ROLES=role_prefix(connection.settings_dict),
        ),
    ):
        _of_server("CREATE DATABASE {}", scratch)
        try:
            connection.close()
            connection.settings_dict["NAME"] = scratch
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = ours
            _of_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", scratch)


def _of_server(statement: str, database: str) -> None:
    with connection.as_owner(), connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(sql.SQL(statement).format(sql.Identifier(database)))


def _rows(manifest: archive.Manifest) -> Shown:
    """They were compared while they were put back: a difference ends the restore."""
    return Shown(_("rows of every table"), {"tables": len(manifest.rows), "rows": sum(manifest.rows.values())})


def _files(manifest: archive.Manifest) -> Shown:
    shown = Shown(_("uploaded files by their hash"), {"files": len(manifest.files)})
    found = {name: archive.hashed(content) for name, content in stored_files()}
    shown.faults += [
        _("%(name)s is another one.") % {"name": n} for n, kept in manifest.files.items() if found.get(n) != kept
    ]
    for model in apps.get_models():
        for column in (each for each in model._meta.concrete_fields if isinstance(each, models.FileField)):
            named = set(model._base_manager.exclude(**{column.name: ""}).values_list(column.name, flat=True))
            shown.faults += [
                _("%(table)s names %(name)s, which is not there.") % {"table": model._meta.db_table, "name": name}
                for name in sorted(named)[:FIRST_FEW]
                if not default_storage.exists(name)
            ]
    return shown


def _guards(_manifest: archive.Manifest) -> Shown:
    found = faults_of_roles(connection)
    return Shown(_("roles, rights and row security"), {"tables guarded": found.guarded}, list(found.sentences))


def _ledger(_manifest: archive.Manifest) -> Shown:
    found: list[proofs.Proof] = []
    for contract in Contract.objects.order_by("code"):
        with transaction.atomic():
            found += proofs.of_contract(contract)
    with transaction.atomic():
        found += proofs.of_everything()
    faults = [f"{proof.code} {proof.about}: {fault}" for proof in found for fault in proof.faults[:FIRST_FEW]]
    return Shown(_("the ledger, history and triggers, as verify does"), {"proofs": len(found)}, faults)


def _sign_in(_manifest: archive.Manifest) -> Shown:
    """Somebody with a role gets a password that nobody knows, signs in through the page and opens the first one."""
    shown = Shown(_("signing in"))
    user = User.objects.filter(is_active=True, is_system=False, memberships__isnull=False).order_by("pk").first()
    if user is None:
        shown.faults.append(_("There is nobody who could."))
        return shown
    password = secrets.token_urlsafe(24)
    user.set_password(password)
    user.save(update_fields=["password"])
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if "*" not in name), "localhost")
    client = Client(SERVER_NAME=host, raise_request_exception=False)
    page = reverse(settings.LOGIN_URL)
    answer = client.post(page, {"login": user.email, "password": password}, secure=True)
    if answer.status_code != 302 or answer.headers["Location"].startswith(page):
        shown.faults.append(_("The sign-in page answered %(status)s.") % {"status": answer.status_code})
        return shown
    home = client.get(answer.headers["Location"], secure=True, follow=True)
    if home.status_code != 200 or home.request["PATH_INFO"].startswith(page):
        shown.faults.append(_("The first page answered %(status)s.") % {"status": home.status_code})
    shown.figures["people"] = User.objects.filter(is_active=True, is_system=False).count()
    return shown
