"""What the pages of recording share."""

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.messages import naming
from accounts.permissions import may_on
from baseline.models import Activity
from baseline.queries import people
from baseline.queries.counting import counted
from baseline.queries.sentences import Told, told
from contracts.models import Contract
from contracts.rules.document import Service
from eligibility.queries.identities import Shown


def told_of(request: HttpRequest, records: list[Activity], contract: Contract) -> list[Told]:
    """How records count, in the words for this reader."""
    with_money = may_on(request.user, "cycle.view", contract)
    return [told(one, contract, with_money=with_money) for one in counted(records)]


def say(request: HttpRequest, one: Activity, contract: Contract, shown: Shown, *, corrected: bool = False) -> None:
    """What was recorded and how it counts, on the page that comes next."""
    [told_of_one] = told_of(request, [one], contract)
    done = _("%(member)s: corrected.") if corrected else _("%(member)s: recorded.")
    _say(request, done % {"member": named(shown)}, told_of_one, [shown])


def say_of_group(request: HttpRequest, records: list[Activity], contract: Contract, shown: Mapping[int, Shown]) -> None:
    """One sentence for all of a session for whom it counts alike."""
    alike: dict[Told, list[Shown]] = {}
    for one, how in zip(records, told_of(request, records, contract), strict=True):
        alike.setdefault(how, []).append(shown[one.member_id])
    for how, those in alike.items():
        done = ngettext("%(members)s: recorded.", "%(members)s: recorded for each.", len(those))
        _say(request, done % {"members": ", ".join(named(each) for each in those)}, how, those)


def _say(request: HttpRequest, done: str, how: Told, those: list[Shown]) -> None:
    level = messages.SUCCESS if how.tone in ("good", "info") else messages.WARNING
    text = " ".join(part for part in (done, how.sentence, how.remedy, how.later) if part)
    messages.add_message(request, level, text, extra_tags=naming([each.member_id for each in those if each.identified]))


def service_asked(request: HttpRequest, contract: Contract, day: date) -> Service | None:
    """As the terms of the day have it that the form says, or of `day` where it says none."""
    code = request.POST.get("service", "") or request.GET.get("service", "")
    return service_named(contract, code, day_said(request, day))


def day_said(request: HttpRequest, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.POST.get("occurred_on", ""))
    except ValueError:
        return otherwise


def service_named(contract: Contract, code: str, day: date) -> Service | None:
    """None where no signed terms declare it; terms of another day stand in where those of the day do not."""
    document = people.terms_on(contract, day)
    service = document.service(code) if document and code else None
    return service or people.last_declared(contract, code)


def others(request: HttpRequest, contract: Contract) -> dict[str, str]:
    """Whose work the person may record besides their own."""
    if not may_on(request.user, "activity.correct_any", contract):
        return {}
    return people.practitioners_at(contract.provider_id)


def named(shown: Shown) -> str:
    return shown.name or shown.code
