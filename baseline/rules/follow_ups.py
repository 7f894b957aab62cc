"""Within how many days a contact that nobody planned is to be followed up."""

from collections.abc import Iterable, Mapping

from contracts.rules.document.services import Service


def days_after_unplanned(services: Iterable[Service]) -> Mapping[str, int]:
    """Days by service code; a service that is left out asks for nothing.

    A service's own `follow_up_days` governs. Where the contract gives none for the service, the shortest that it gives
    for any governs: what the parties agreed to be the latest for somebody in trouble. Where it gives none at all, no
    follow-up is due. A service that needs an authorization is followed up once, at the end of its episode; a costed
    service is no contact of the provider's team.
    """
    services = list(services)
    standard = min((service.follow_up_days for service in services if service.follow_up_days), default=None)
    found = {}
    for service in services:
        days = service.follow_up_days or standard
        if days and not service.costed and service.authorization != "required":
            found[service.code] = days
    return found
