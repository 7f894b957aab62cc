"""What is wrong with a row, and what to do about it, for the person who sends the file again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Words
from contracts.operations.feeds.work import Work, terms_on

# `name` is the column as the file calls it, `value` its cell; the rest comes with the fault
SENTENCES: dict[str, Words] = {
    "ragged": _("The row has %(cells)d cells under %(columns)d headers; a comma or a quote is too many or missing."),
    "missing": _("%(name)s is empty, and it is required."),
    "too_long": _("%(name)s has %(length)d characters; at most %(longest)d fit."),
    "nul": _("%(name)s holds a NUL character, which no text has; export the row anew."),
    "line_break": _("%(name)s holds a line break or a control character; write it on one line."),
    "control_character": _("%(name)s holds a control character; remove it."),
    "not_a_date": _("%(name)s: “%(value)s” is not a date; write it as YYYY-MM-DD."),
    "no_such_day": _("%(name)s: “%(value)s” is not a day of the calendar."),
    "absurd_date": _("%(name)s: “%(value)s” lies outside the years %(earliest)d to %(latest)d."),
    "not_a_month": _("%(name)s: “%(value)s” is not a month; write it as YYYY-MM."),
    "not_a_moment": _(
        "%(name)s: “%(value)s” is neither a date (YYYY-MM-DD) nor a date and time (YYYY-MM-DDTHH:MM, with an offset "
        "or in the contract's timezone)."
    ),
    "no_such_time": _("%(name)s: “%(value)s” does not exist in %(zone)s, where the clocks go forward then."),
    "not_a_number": _("%(name)s: “%(value)s” is not a number."),
    "comma_in_number": _("%(name)s: “%(value)s” is not a number; write decimals with a point and no thousands mark."),
    "not_a_whole_number": _("%(name)s: “%(value)s” is not a whole number."),
    "negative": _("%(name)s: “%(value)s” is negative."),
    "too_large": _("%(name)s: the number has more than %(digits)d digits before the decimal point."),
    "too_many_places": _("%(name)s: “%(value)s” has more than %(places)d decimals."),
    "not_yes_or_no": _("%(name)s: “%(value)s” is neither yes nor no."),
    "lost_digits": _(
        "%(name)s was kept as a number and lost its last digits in the spreadsheet; make the column text and enter it "
        "again."
    ),
    "unknown_code": _("%(name)s: “%(value)s” is not one of %(codes)s (%(contract)s, version %(version)d)."),
    "nothing_declared": _(
        "%(name)s: “%(value)s” is not known; %(contract)s, version %(version)d, declares nothing for it here."
    ),
    "unknown_member": _("%(name)s: no member has the reference “%(value)s”; send the roster first."),
    "merged": _(
        "%(name)s: “%(value)s” is the same person as %(kept)s and lives on as that member; send it as %(kept)s."
    ),
    "in_the_future": _("%(name)s: %(value)s lies in the future."),
    "ends_before_it_starts": _("%(name)s: the last day lies before the first."),
    "other_row_rejected": _(
        "Row %(row)d says something about the same %(name)s that cannot be used. A file states everything about "
        "whom it names, so this row was not applied either; send them again together."
    ),
    "twice": _("%(name)s: “%(value)s” is in row %(row)d, too, with other content."),
}


def sentence(work: Work, *, name: str, value: str, code: str, detail: Mapping[str, Any]) -> str:
    """One fault as one sentence."""
    figures = {"name": name, "value": _shortened(value), **detail}
    if code == "unknown_code":
        figures |= _declared(work, detail)
        code = code if figures["codes"] else "nothing_declared"
    template = work.kind.sentences.get(code) or SENTENCES[code]
    return str(template) % figures


def _declared(work: Work, detail: Mapping[str, Any]) -> dict[str, Any]:
    version = terms_on(work.terms, date.fromisoformat(detail["on"]))
    codes = declared(version.document, detail["what"], detail.get("of", ""))
    shown = ", ".join(codes[:20]) + (", …" if len(codes) > 20 else "")
    return {"codes": shown, "contract": work.contract.code, "version": version.number}


def declared(document: Any, what: str, of: str = "") -> list[str]:
    """Codes of one sort that a document declares; criteria are those `of` a service."""
    if what == "criterion":
        service = document.service(of)
        return [criterion.code for criterion in service.criteria] if service else []
    listed = {"level": "levels", "cohort": "cohorts", "geography": "geographies", "service": "services"}[what]
    return [coded.code for coded in getattr(document, listed)]


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}…"
