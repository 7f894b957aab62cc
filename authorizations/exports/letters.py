"""Letters to a member, made from the decision record: approval, denial, downgrade, and a longer time to decide.

A letter says what was decided, by whom, from when to when and why, and what the member can do about it, in plain
words. It holds what the record holds: nothing is typed into it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorizations.exports.words import day, last_day, moment, proved_by
from authorizations.models import Decision, Outcome, Question, Request
from authorizations.queries.proofs import Head
from authorizations.queries.register import letter_kind
from authorizations.rules.terms import in_words, read, service_name
from blended_pilot.kernel.papers import Block, Facts, Heading, Paper, Paragraph, pdf
from eligibility.queries.identities import Shown

REASONS = {
    "criteria_not_met": gettext_lazy("The criteria for it are not met."),
    "insufficient_evidence": gettext_lazy("What we were given does not show that it is needed."),
    "lower_level_sufficient": gettext_lazy("A lower level of support meets your needs."),
    "duplicate_request": gettext_lazy("The same was asked for before and has been decided."),
    "other": gettext_lazy("It was not found to be needed."),
}


def decision_letter(entry: Decision, *, member: Shown, head: Head | None, made_at: datetime) -> bytes:
    """The letter that belongs to the entry (`queries.register.letter_kind`). KeyError for one that has no letter."""
    kind = letter_kind(entry)
    title = {
        "approval": _("Your support is approved"),
        "downgrade": _("Your level of support changes"),
        "denial": _("What was asked for is not approved"),
    }[kind]
    body = {"approval": _approval, "downgrade": _downgrade, "denial": _denial}[kind]
    return _letter(
        entry, title=title, body=[*body(entry), *_who_decided(entry), *_what_you_can_do(entry)], member=member,
        footer=proved_by(entry.contract, head), made_at=made_at, on=entry.decided_at,
    )  # fmt: skip


def extension_letter(question: Question, *, member: Shown, made_at: datetime) -> bytes:
    """That the time for a decision is longer, because something was asked."""
    request = question.about
    return _letter(
        request,
        title=_("We need more time to decide"),
        body=[
            Paragraph(
                _("We received a request about your support (%(request)s) on %(day)s.")
                % {"request": request, "day": moment(request.received_at, request.contract)}
            ),
            Paragraph(
                _("To decide it we need more information, which we have asked your care team for. We now decide by:")
            ),
            Paragraph(moment(question.due_after, request.contract), strong=True),
            Facts(
                [
                    (_("What we asked for"), question.text),
                    (_("The time before"), moment(question.due_before, request.contract)),
                    (_("Asked by"), question.asked_by.name),
                ]
            ),
            Paragraph(_("You need not do anything. If you can help with this information, tell your care team.")),
        ],
        member=member,
        footer=_("Request %(request)s, %(contract)s") % {"request": request, "contract": request.contract.code},
        made_at=made_at,
        on=question.asked_at,
    )


def _letter(
    about: Decision | Request,
    *,
    title: str,
    body: list[Block],
    member: Shown,
    footer: str,
    made_at: datetime,
    on: datetime,
) -> bytes:
    contract = about.contract
    return pdf(
        Paper(
            title=title,
            author=contract.provider.name,
            footer=footer,
            blocks=[
                Facts(
                    [
                        (_("From"), contract.provider.name),
                        (_("To"), member.name or member.code),
                        (_("Your reference"), member.code),
                        (_("Date"), moment(on, contract)),
                    ]
                ),
                *body,
            ],
        ),
        made_at=made_at,
    )


def _what(entry: Decision) -> str:
    if entry.service:
        name = service_name(entry.terms, entry.service)
        return _("%(service)s, up to %(units)s") % {
            "service": name,
            "units": f"{(entry.units or entry.requested_units).normalize():f}",
        }
    return _level(entry, entry.level or entry.requested_level)


def _level(entry: Decision, level: str) -> str:
    names = {each["code"]: each["name"] for each in entry.terms.get("levels", [])}
    return f"{names[level]} ({level})" if level in names else level


def _window(entry: Decision) -> Facts:
    rows = [(_("From"), day(entry.starts_on)), (_("Until"), last_day(entry.ends_before))]
    if entry.review_on:
        rows.append((_("We look at it again by"), day(entry.review_on)))
    return Facts(rows)


def _approval(entry: Decision) -> Iterator[Block]:
    yield Paragraph(_("We have approved: %(what)s.") % {"what": _what(entry)}, strong=True)
    yield _window(entry)
    if entry.outcome == "changed":
        yield Paragraph(_("This is not all that was asked for. The reason: %(why)s") % {"why": _difference(entry)})


def _downgrade(entry: Decision) -> Iterator[Block]:
    yield Paragraph(
        _("Your level of support changes from %(before)s to %(after)s.")
        % {"before": _level(entry, entry.current_level), "after": _level(entry, entry.level)},
        strong=True,
    )
    yield _window(entry)
    yield Facts([(_("Why"), entry.necessity), (_("What we looked at"), entry.criteria)])
    yield Paragraph(_("Until the first day named above nothing changes."))


def _denial(entry: Decision) -> Iterator[Block]:
    yield Paragraph(_("We have not approved: %(what)s.") % {"what": _what(entry)}, strong=True)
    if entry.automatic:
        reason = _(
            "It was not decided in time, and the contract says that it is then not approved. "
            "Whether you need it was not judged; a clinician still looks at it."
        )
    else:
        reason = str(REASONS.get(entry.deny_reason, in_words(entry.deny_reason)))
    yield Facts(
        [
            (_("The reason"), reason),
            (_("In detail"), entry.necessity),
            (_("The criterion we relied on"), entry.criteria),
        ]
    )
    yield Paragraph(_("The support that you have now goes on as before."))


def _difference(entry: Decision) -> str:
    return entry.difference_text or in_words(entry.difference_reason)


def _who_decided(entry: Decision) -> Iterator[Block]:
    who = (
        _("The contract, because no clinician decided in time")
        if entry.automatic
        else _("%(name)s, clinical lead") % {"name": entry.decided_by.name}
    )
    yield Facts([(_("Decided by"), who), (_("Decision"), f"{entry.number}, {entry.contract.code}")])


def _what_you_can_do(entry: Decision) -> Iterator[Block]:
    """A denial is reconsidered until a day; what was given otherwise than wished is asked for anew, on any day."""
    yield Heading(_("If you do not agree"))
    if entry.outcome != Outcome.DENIED:
        yield Paragraph(
            _(
                "Tell your care team, in words or in writing, and give decision number %(number)s. They can ask for "
                "another level or for more support at any time. A clinical lead decides that anew, and you are told "
                "the result in a letter like this one."
            )
            % {"number": entry.number}
        )
        return
    terms = read(entry.terms)
    until = terms.calendar.day_of(entry.decided_at) + timedelta(days=terms.reconsideration_days)
    yield Paragraph(
        _(
            "You may ask us to look at this again, until %(day)s. Tell your care team, in words or in writing, and "
            "give decision number %(number)s. You may add anything that we should know. Another clinician than the one "
            "who decided looks at it, and you are told the result in a letter like this one."
        )
        % {"day": day(until), "number": entry.number}
    )
