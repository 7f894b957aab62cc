"""What waits to be verified, what was sent back, and batches of records verified at once."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.permissions import sides
from baseline.models import Activity, VerificationBatch
from baseline.queries.activity import episodic_codes, services
from contracts.models import Contract
from eligibility.models import Practitioner


@dataclass(frozen=True)
class ToVerify:
    """What a list of records to verify asks for; empty fields ask for nothing. `last_day` is included."""

    contract_id: int
    service: str = ""
    first_day: date | None = None
    last_day: date | None = None
    practitioner: str = ""
    answers: str = ""  # "met": every criterion answered met; "not_met": one is not; "open": one is unanswered

    def as_json(self) -> dict[str, Any]:
        return {name: str(value) for name, value in asdict(self).items() if value and name != "contract_id"}

    @classmethod
    def from_json(cls, contract_id: int, stored: dict[str, str]) -> Self:
        values: dict[str, Any] = dict(stored)
        values |= {name: date.fromisoformat(stored[name]) for name in ("first_day", "last_day") if name in stored}
        return cls(contract_id=contract_id, **values)


def contracts_to_verify(user: Any) -> QuerySet[Contract]:
    """The contracts whose verification the person does or looks at."""
    return Contract.objects.filter(provider__in=sides(user, "activity.verification").provider).order_by("code")


def waiting(user: Any, contract_ids: Iterable[int]) -> QuerySet[Activity]:
    """Episodic records that stand and are neither verified nor sent back, where the person sees verification."""
    allowed = set(contracts_to_verify(user).values_list("pk", flat=True))
    found = Q(pk__in=[])
    for contract_id in allowed.intersection(contract_ids):
        found |= Q(contract=contract_id, service__in=episodic_codes(contract_id))
    return Activity.objects.filter(found).waiting().standing()


def to_verify(user: Any, wanted: ToVerify) -> QuerySet[Activity]:
    """Those of `waiting` that match, in order of date and arrival."""
    records = waiting(user, [wanted.contract_id])
    if wanted.service:
        records = records.filter(service=wanted.service)
    if wanted.first_day:
        records = records.filter(occurred_on__gte=wanted.first_day)
    if wanted.last_day:
        records = records.filter(occurred_on__lte=wanted.last_day)
    if wanted.practitioner:
        records = records.filter(practitioner=wanted.practitioner)
    if wanted.answers:
        records = records.filter(_answered(wanted))
    return records.order_by("occurred_on", "pk")


def _answered(wanted: ToVerify) -> Q:
    if wanted.answers == "not_met":
        return Q(criteria_not_met__len__gt=0)
    complete = Q(pk__in=[])
    for code in episodic_codes(wanted.contract_id):
        criteria = [one.code for one in services(wanted.contract_id)[code].criteria]
        complete |= Q(service=code, criteria_met__contains=criteria) if criteria else Q(service=code)
    return complete if wanted.answers == "met" else ~complete & Q(criteria_not_met__len=0)


def of_others(user: Any, records: QuerySet[Activity]) -> QuerySet[Activity]:
    """Those that the person may verify: neither recorded, corrected nor delivered by themselves."""
    delivered = Practitioner.objects.filter(
        organisation=OuterRef("organisation"), reference=OuterRef("practitioner"), user=user
    )
    return records.exclude(recorded_by=user).exclude(corrected_by=user).filter(~Exists(delivered))


def sent_back_to(user: Any) -> QuerySet[Activity]:
    """Rejected records that wait for the person who recorded or delivered them, the longest first.

    What came with a file and was delivered by nobody who signs in waits for whoever mends the work of others.
    """
    delivered = Practitioner.objects.filter(organisation=OuterRef("organisation"), reference=OuterRef("practitioner"))
    mends = Q(recorded_by=None, organisation__in=sides(user, "activity.correct_any").provider)
    own = Q(recorded_by=user) | Exists(delivered.filter(user=user))
    of_nobody = mends & ~Exists(delivered.exclude(user=None))
    return Activity.objects.visible_to(user).rejected().standing().filter(own | of_nobody).order_by("rejected_on", "pk")


@dataclass(frozen=True)
class Waits:
    """How much waits to be verified by this person, and since when."""

    records: int
    since: datetime | date | None


def waits_for(user: Any) -> Waits:
    """What others recorded and this person may verify."""
    where = sides(user, "activity.verify").provider
    contracts = Contract.objects.filter(provider__in=where).values_list("pk", flat=True)
    records = of_others(user, waiting(user, list(contracts)))
    days = records.order_by("occurred_on").values_list("occurred_on", flat=True)
    return Waits(records=records.count(), since=days.first())


def sampled(batch: VerificationBatch) -> list[Activity]:
    """The sample as it stands now, in order of date."""
    return list(
        Activity.objects.filter(pk__in=batch.sample).select_related("member", "contract").order_by("occurred_on", "pk")
    )


def still_open(batch: VerificationBatch, ids: Collection[int]) -> int:
    """How many of these records of the batch still wait."""
    return Activity.objects.filter(pk__in=ids).waiting().standing().count()
