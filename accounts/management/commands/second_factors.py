"""manage.py second_factors reseal: encrypt the secrets of second factors with the first key of MFA_ENCRYPTION_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts.operations.sign_ins import reseal_factors
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from blended_pilot.kernel.sealed import Unopened


class Command(ProductCommand):
    help = "Keep the secrets of second factors under the first key of MFA_ENCRYPTION_KEYS, so that older keys can go."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="reseal")
        self.add_verb(verbs, "reseal", "seal every secret with the first key; any number of times")

    def perform(self, **options: Any) -> dict[str, Any]:
        try:
            return {"resealed": reseal_factors(keys=settings.MFA_ENCRYPTION_KEYS)}
        except Unopened:
            remedy = _("Name the key that sealed it in MFA_ENCRYPTION_KEYS as well, behind the new one.")
            raise Unusable(_("There is a secret that no key opens; nothing was changed."), [remedy]) from None

    def prose(self, answer: dict[str, Any]) -> str:
        return _("%(count)s secrets are sealed with the first key.") % {"count": answer["resealed"]}
