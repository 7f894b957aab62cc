"""How a record counts, in one plain sentence, and what to do where it would not be paid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from baseline.queries.counting import Counted
from baseline.rules.edits import last_day_to_file
from blended_pilot.kernel.templatetags.kit import money, quantity
from contracts.models import Contract
from contracts.rules.document.base import Frequency

Tone = Literal["good", "warn", "bad", "info"]

EVERY = {
    "week": gettext_lazy("this week"),
    "month": gettext_lazy("this month"),
    "quarter": gettext_lazy("this quarter"),
    "half_year": gettext_lazy("this half-year"),
    "year": gettext_lazy("this year"),
}
HOW_OFTEN = {
    "week": gettext_lazy("%(count)s a week"),
    "month": gettext_lazy("%(count)s a month"),
    "quarter": gettext_lazy("%(count)s a quarter"),
    "half_year": gettext_lazy("%(count)s in six months"),
    "year": gettext_lazy("%(count)s a year"),
}


@dataclass(frozen=True)
class Told:
    """`sentence` says how it counts, `remedy` what to do about it ("" where nothing is to be done)."""

    sentence: str
    tone: Tone
    remedy: str = ""
    later: str = ""  # in which cycle the difference will appear, where the month is closed


def often(frequency: Frequency) -> str:
    return str(HOW_OFTEN[frequency.per]) % {"count": frequency.count}


def told(counted: Counted, contract: Contract, *, with_money: bool) -> Told:
    """`with_money`: the reader may see prices."""
    if counted.kind == "unknown":
        found = Told(_("The terms of that day do not know this service."), "bad", _("Choose another service or day."))
    elif counted.kind == "baseline":
        found = _baseline(counted)
    else:
        found = _episodic(counted, contract, with_money)
    if counted.cycle is None:
        return found
    later = _("%(month)s is closed: what this changes will appear in the cycle of %(cycle)s.") % {
        "month": date_format(counted.on, "YEAR_MONTH_FORMAT"),
        "cycle": date_format(counted.cycle, "YEAR_MONTH_FORMAT"),
    }
    return Told(found.sentence, found.tone, found.remedy, later)


def _baseline(counted: Counted) -> Told:
    if counted.attempted:
        return Told(_("Baseline, attempted: kept apart from what was delivered."), "info")
    if not counted.enrolled:
        return Told(
            _("Baseline, but the member is not covered on %(day)s.") % {"day": date_format(counted.on)},
            "warn",
            _("Check the date; if it is right, ask intake to correct the coverage."),
        )
    found = _against_expected(counted)
    if not counted.original:
        return found
    same = _("%(original)s of that day says the same.") % {"original": counted.original}
    return Told(f"{found.sentence} {same}", "warn", _same_work(counted))


def _against_expected(counted: Counted) -> Told:
    if counted.expected is None:
        level = counted.care or _("no level")
        return Told(
            _("Baseline, not expected at %(level)s: shown as delivery, never billed.") % {"level": level}, "info"
        )
    values = {
        "expected": counted.expected.count,
        "when": str(EVERY[counted.expected.per]),
        "nth": ordinal(counted.nth),
    }
    return Told(_("Baseline, expected %(expected)s %(when)s, this is the %(nth)s.") % values, "good")


def _episodic(counted: Counted, contract: Contract, with_money: bool) -> Told:
    if counted.code == "":
        return _payable(counted, contract, with_money)
    why, remedy = REASONS[counted.code](counted)
    values = {"why": why, "units": quantity(counted.units)}
    if counted.units:
        return Told(_("Will be paid for %(units)s only: %(why)s.") % values, "warn", remedy)
    verb = _("Will not be counted: %(why)s.") if _costed(counted) else _("Will not be paid: %(why)s.")
    return Told(verb % values, "bad", remedy)


def _costed(counted: Counted) -> bool:
    return counted.service is not None and counted.service.costed


def _payable(counted: Counted, contract: Contract, with_money: bool) -> Told:
    waits = counted.waits
    if counted.sent_back:
        sentence = _("%(episode)s, sent back: counts once it is corrected and somebody else has verified it.")
        return Told(sentence % {"episode": _episode(counted)}, "warn")
    if _costed(counted):
        sentence = _("Costed: will be counted and not paid, once somebody else has verified it.")
        return Told(sentence if waits else _("Costed: counted and not paid."), "info")
    episode, unit = _episode(counted), counted.service.unit if counted.service else ""
    if with_money and counted.price is not None:
        values = {"episode": episode, "price": money(counted.price, contract), "unit": unit}
        sentence = (
            _("%(episode)s, will be paid at %(price)s a %(unit)s once somebody else has verified it.")
            if waits
            else _("%(episode)s, paid at %(price)s a %(unit)s.")
        )
        return Told(sentence % values, "info" if waits else "good")
    if waits:
        return Told(_("%(episode)s, will be paid once somebody else has verified it.") % {"episode": episode}, "info")
    return Told(_("%(episode)s, verified: will be paid.") % {"episode": episode}, "good")


def _episode(counted: Counted) -> str:
    """Which authorisation it draws on, and what is left of that by now."""
    under = counted.authorisation
    if under is None or counted.service is None:
        return _("An episode")
    values = {"number": under.number, "left": quantity(under.left), "units": quantity(under.units)}
    if counted.service.unit == "day":
        return (
            ngettext(
                "An episode under authorisation %(number)s, %(left)s of %(units)s day left",
                "An episode under authorisation %(number)s, %(left)s of %(units)s days left",
                int(under.units),
            )
            % values
        )
    values["unit"] = counted.service.unit
    return _("An episode under authorisation %(number)s, %(left)s of %(units)s left (%(unit)s)") % values


Reason = Callable[[Counted], tuple[str, str]]


def _not_enrolled(counted: Counted) -> tuple[str, str]:
    return (
        _("the member is not covered on %(day)s, or the contract's term does not hold that day")
        % {"day": date_format(counted.on)},
        _("Check the date; if it is right, ask intake to correct the coverage."),
    )


def _duplicate(counted: Counted) -> tuple[str, str]:
    return (
        _("%(original)s says the same already") % {"original": counted.original},
        _same_work(counted),
    )


def _same_work(counted: Counted) -> str:
    if not counted.stored:
        return _(
            "If it is the same piece of work, it need not be recorded. If it was a second one, give both their times."
        )
    return _("If it is the same piece of work, reverse this one. If it was a second one, give both their times.")


def _late_filing(counted: Counted) -> tuple[str, str]:
    last = last_day_to_file(counted.service, counted.on) if counted.service else None
    return (
        _("the contract's last day for records of that date was %(day)s") % {"day": date_format(last) if last else ""},
        _("It stays as evidence of what was done. Record within the limit next time."),
    )


def _in_package(counted: Counted) -> tuple[str, str]:
    return (
        _("at %(level)s the baseline package includes this service") % {"level": counted.level},
        _("Nothing more is to be done: the work is shown as delivered."),
    )


def _bundled(counted: Counted) -> tuple[str, str]:
    number = counted.bundled_in.number if counted.bundled_in else ""
    return (
        _("episode %(number)s, open on that day, pays for it") % {"number": number},
        _("Nothing more is to be done: the episode's price includes it."),
    )


def _no_authorization(_counted: Counted) -> tuple[str, str]:
    return (
        _("no authorisation in force"),
        _("Ask for an episode of this service; once it is authorised for that day, the record is paid."),
    )


def _units_exceeded(counted: Counted) -> tuple[str, str]:
    authorised = counted.authorisation
    values = {
        "units": quantity(authorised.units) if authorised else "",
        "number": authorised.number if authorised else "",
    }
    return (
        _("the %(units)s units of authorisation %(number)s are used up") % values,
        _("Ask for more units before going on; support may go on meanwhile."),
    )


def _maximum_reached(counted: Counted) -> tuple[str, str]:
    maximum = counted.service.maximum if counted.service else None
    values = {
        "units": quantity(maximum.units) if maximum else "",
        "days": maximum.within_days if maximum else "",
    }
    return (
        _("the contract pays at most %(units)s within %(days)s days") % values,
        _("If the need goes on, ask for an upgrade or an episode."),
    )


def _criteria_not_met(counted: Counted) -> tuple[str, str]:
    if counted.attempted:
        return _("nothing was delivered"), (
            _("If it was delivered after all, correct the record.")
            if counted.stored
            else _("It is kept apart from what was delivered; record the work once it takes place.")
        )
    return _("a criterion of the episode is answered as not met"), (
        _("If an answer is wrong, correct the record; otherwise it stays as delivered and unpaid.")
        if counted.stored
        else _("If that is so, record it as it was: it stays as delivered and unpaid.")
    )


def _reversed(_counted: Counted) -> tuple[str, str]:
    return _("it was reversed"), _("If it took place after all, record it again.")


def _no_price(counted: Counted) -> tuple[str, str]:
    if counted.service and counted.service.as_billed:
        return _("it carries no amount"), (
            _("Correct the record and give the amount that was billed.")
            if counted.stored
            else _("Give the amount that was billed.")
        )
    return (
        _("the contract has no price for that day"),
        _("Tell finance: the parties have to agree on a price for that day."),
    )


REASONS: Mapping[str, Reason] = {
    "not_enrolled": _not_enrolled,
    "duplicate": _duplicate,
    "late_filing": _late_filing,
    "in_baseline_package": _in_package,
    "bundled": _bundled,
    "no_authorization": _no_authorization,
    "units_exceeded": _units_exceeded,
    "maximum_reached": _maximum_reached,
    "criteria_not_met": _criteria_not_met,
    "reversed": _reversed,
    "no_price": _no_price,
}
