"""Who sees which agreements. `visible_to` is the only door; without a standing it is none."""

from typing import Any, Self

from django.db import models

from accounts.permissions import sides


class ContractQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Contracts that the person's organisations are party to."""
        return self.filter(sides(user, "contract.view").of_contract())


class VersionQuerySet(models.QuerySet[Any]):
    """Versions, and what hangs on a version, by the path to the contract."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "contract.view").of_contract("contract__"))


class OfVersionQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "contract.view").of_contract("version__contract__"))


class EscalationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "escalation.view").of_contract("contract__"))

    def waiting(self) -> Self:
        """Open ones, the most pressing first."""
        return self.filter(status="open").order_by("due_on", "pk")


class FeedRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Runs of the contracts whose feeds the person may see: files hold identities, so it is the provider's side."""
        return self.filter(sides(user, "feed.view").of_contract("contract__"))
