"""Teams and practitioners of a provider."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.permissions import NotAllowed, may_at
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from eligibility.models import Practitioner, Team


class NameTaken(Refused):
    """Another team or practitioner of the organisation already goes by this name or reference."""


class NotOfThisOrganisation(Refused):
    """The person to link has no role at the practitioner's organisation."""


def create_team(*, organisation_id: int, name: str, actor: User, now: datetime) -> Team:
    """Raises NotAllowed, NameTaken."""
    _require_manage(actor, organisation_id)
    with recording(actor=actor):
        _lock(organisation_id)
        _refuse_team_name(organisation_id, name)
        return Team.objects.create(organisation_id=organisation_id, name=name.strip())


def rename_team(*, team_id: int, name: str, actor: User, now: datetime) -> Team:
    """Raises NotAllowed, NameTaken."""
    with recording(actor=actor):
        team = Team.objects.select_for_update().get(pk=team_id)
        _require_manage(actor, team.organisation_id)
        _lock(team.organisation_id)
        _refuse_team_name(team.organisation_id, name, but=team.pk)
        team.name = name.strip()
        team.save(update_fields=["name"])
        return team


def create_practitioner(
    *, organisation_id: int, reference: str, name: str, user_id: int | None, actor: User, now: datetime
) -> Practitioner:
    """`reference` is how source systems name them. Raises NotAllowed, NameTaken, NotOfThisOrganisation."""
    _require_manage(actor, organisation_id)
    with recording(actor=actor):
        _lock(organisation_id)
        reference = reference.strip()
        if Practitioner.objects.filter(organisation_id=organisation_id, reference=reference).exists():
            raise NameTaken(
                _("A practitioner with the reference %(reference)s exists already.") % {"reference": reference}
            )
        _require_user_of(organisation_id, user_id)
        return Practitioner.objects.create(
            organisation_id=organisation_id, reference=reference, name=name.strip(), user_id=user_id
        )


def describe_practitioner(
    *, practitioner_id: int, name: str, user_id: int | None, actor: User, now: datetime
) -> Practitioner:
    """Change the name, and the user that the practitioner signs in as (None: nobody).

    Raises NotAllowed, NotOfThisOrganisation.
    """
    with recording(actor=actor):
        practitioner = Practitioner.objects.select_for_update().get(pk=practitioner_id)
        _require_manage(actor, practitioner.organisation_id)
        if user_id != practitioner.user_id:
            _require_user_of(practitioner.organisation_id, user_id)
        practitioner.name = name.strip()
        practitioner.user_id = user_id
        practitioner.save(update_fields=["name", "user"])
        return practitioner


def _require_manage(actor: User, organisation_id: int) -> None:
    if not may_at(actor, "team.manage", organisation_id):
        raise NotAllowed(_("Only a supervisor or operations of this provider may change teams and practitioners."))


def _lock(organisation_id: int) -> None:
    """Two people who add the same name wait for each other, so that the second gets a sentence and no error."""
    Organisation.objects.select_for_update().get(pk=organisation_id)


def _refuse_team_name(organisation_id: int, name: str, but: int | None = None) -> None:
    if Team.objects.filter(organisation_id=organisation_id, name=name.strip()).exclude(pk=but).exists():
        raise NameTaken(_("A team called %(name)s exists already.") % {"name": name.strip()})


def _require_user_of(organisation_id: int, user_id: int | None) -> None:
    if user_id is None:
        return
    if not User.objects.filter(pk=user_id, is_active=True, memberships__organisation_id=organisation_id).exists():
        raise NotOfThisOrganisation(_("This person has no role at the practitioner's organisation."))
