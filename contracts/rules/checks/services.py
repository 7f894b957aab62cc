"""Services and their prices."""

from itertools import pairwise

from contracts.rules.checks.tables import check_apart, check_range, codes
from contracts.rules.document import ContractDocument, Service, TieredPrice
from contracts.rules.document.services import TemplateField
from contracts.rules.faults import Faults, Place

EPISODIC_ONLY = (
    "price",
    "price_ceiling",
    "authorization",
    "criteria",
    "maximum",
    "bundled_into",
    "filing_limit_days",
)


def check_services(document: ContractDocument, faults: Faults) -> None:
    faults.once("services", values=codes(document.services), key="code")
    for index, service in enumerate(document.services):
        here = ("services", index)
        _check_template(service, here, faults)
        if service.episodic:
            _check_episodic(service, here, document, faults)
        else:
            for key in (*EPISODIC_ONLY, "paid"):
                if key in service.model_fields_set:
                    faults.add(*here, key, sentence="belongs to episodic services; baseline work is paid by baseline")


def _check_template(service: Service, here: tuple[Place, ...], faults: Faults) -> None:
    names = [item.code if isinstance(item, TemplateField) else item for item in service.template]
    faults.once(*here, "template", values=names)
    for index, item in enumerate(service.template):
        if isinstance(item, TemplateField) and (item.type == "choice") != bool(item.choices):
            faults.add(*here, "template", index, "choices", sentence="go with type choice, and a choice needs them")


def _check_episodic(service: Service, here: tuple[Place, ...], document: ContractDocument, faults: Faults) -> None:
    if service.price is None:
        faults.add(*here, "price", sentence="is missing; an episodic service needs a price, or as_billed")
    if service.price_ceiling is not None and not service.as_billed:
        faults.add(*here, "price_ceiling", sentence="goes with price: as_billed only")
    if isinstance(service.price, tuple):
        for place, price in enumerate(service.price):
            check_range(price, (*here, "price", place), faults)
        check_apart(service.price, (*here, "price"), "both prices would apply", faults)
    if service.tiered:
        _check_tiers(service, service.tiered, here, faults)
    faults.once(*here, "criteria", values=codes(service.criteria), key="code")
    faults.once(*here, "bundled_into", values=service.bundled_into)
    authorised = {item.code: item for item in document.services if item.episodic and item.authorization == "required"}
    for place, code in enumerate(service.bundled_into):
        if code == service.code:
            faults.add(*here, "bundled_into", place, sentence="a service cannot be bundled into itself")
        elif faults.among(*here, "bundled_into", place, value=code, known=codes(document.services)) and (
            code not in authorised
        ):
            faults.add(
                *here,
                "bundled_into",
                place,
                sentence=f"'{code}' has no episodes: it is not an episodic service with authorization: required",
            )


def _check_tiers(service: Service, price: TieredPrice, here: tuple[Place, ...], faults: Faults) -> None:
    if price.per == "episode" and service.authorization != "required":
        faults.add(*here, "price", "per", sentence="episode needs authorization: required")
    tiers = price.tiers
    for place, (tier, following) in enumerate(pairwise(tiers)):
        if tier.to is None:
            faults.add(
                *here, "price", "tiers", place, "to", sentence="is missing; only the last tier is without an end"
            )
        elif following.to is not None and following.to <= tier.to:
            faults.add(
                *here,
                "price",
                "tiers",
                place + 1,
                "to",
                sentence=f"must be more than {tier.to}, where the tier before ends",
            )
    if tiers[-1].to is not None:
        faults.add(*here, "price", "tiers", len(tiers) - 1, "to", sentence="must be left out: the last tier has no end")
