"""The only doors to money rows: who asks decides what is there. Default is none."""

from typing import Any, Self

from django.db import models

from accounts.permissions import sides


class CycleQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "cycle.view").of_contract("contract__"))

    def closed(self) -> Self:
        return self.filter(status="closed")

    def unfinished(self) -> Self:
        return self.exclude(status="closed")


class OfCycleQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "cycle.view").of_contract("cycle__contract__"))


class OfContractQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "cycle.view").of_contract("contract__"))


class StatementLineQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "cycle.view").of_contract("statement__contract__"))


class MonthCountQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(sides(user, "bought.view").of_contract("contract__"))
