"""What stands on the page of one week of a team: figures, who stands out, records, signatures and differences."""

from collections.abc import Iterable
from statistics import median_low
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.permissions import may_on
from baseline.models import SignedPart
from baseline.queries import reviews as queries
from baseline.queries.actions import overdue_actions
from baseline.queries.activity import services
from baseline.queries.caseload import Caseload, Figures, OfMember, week
from baseline.queries.staffing import posts
from baseline.rules.weeks import WEEK, has_ended, month_of
from baseline.views.team_weeks import TeamWeek, people_of
from blended_pilot.kernel.money import ZERO
from blended_pilot.kernel.templatetags.kit import percent, quantity
from contracts.queries.terms import SignedTerms, signed_terms
from eligibility.queries.identities import identity_of

STANDING_OUT_SHOWN = 40
Theirs = tuple[Any, Figures, list[OfMember]]  # of one practitioner: name with a link, figures, members


def week_context(request: HttpRequest, where: TeamWeek) -> dict[str, Any]:
    """Everything on the page of one week; logs whose identity it shows."""
    contract, monday, team = where.contract, where.monday, where.team
    user = request.user
    now = timezone.now()
    today = queries.local_today(contract, now)
    terms = signed_terms(contract.pk)
    shown = week(contract, monday, team=team, terms=terms, today=today)
    records = queries.episodic_records(contract, monday, team, terms)
    review = queries.review_of(contract, team, monday)
    signed = queries.signed(review)
    caseload, billing = queries.caseload_content(shown), queries.billing_content(records)
    changed = [
        one
        for part, content in (
            (SignedPart.CASELOAD, caseload),
            (SignedPart.BILLING, billing),
        )
        if part in signed
        for one in queries.differences(contract, part, signed[part].content, content)
    ]
    left = queries.still_to_look_at(review, shown)
    seen = queries.looked_at(review)
    standing = [one for one in shown.members if one.stand_out][:STANDING_OUT_SHOWN]
    about = {one.member_id for one in standing} | {record.member_id for record in records}
    about |= {one.key for one in changed if one.part == SignedPart.CASELOAD}
    actions = list(review.actions.select_related("owner").order_by("due_on", "pk")) if review else []
    about |= {one.member_id for one in actions if one.member_id}
    people = identity_of(user, about)
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=_("Weekly review"), members=[pk for pk, one in people.items() if one.identified]
    )
    names = {code: service.name for code, service in services(contract.pk, terms).items()}
    people_there = _by_practitioner(where, shown)
    team_name = queries.teams_of(contract)[team]
    reviewer = may_on(user, "caseload.review", contract)
    signer = may_on(user, "caseload.sign", contract) and has_ended(monday, today)
    return {
        "heading": team_name,
        "contract": contract,
        "monday": monday,
        "team": team,
        "shown": shown,
        "month": month_of(monday),
        "ended": has_ended(monday, today),
        "before_url": where.later(-1).url(),
        "after_url": where.later(1).url() if monday + WEEK <= today else "",
        "kpis": _kpis(where, shown, terms, ended=has_ended(monday, today)),
        "levels": [
            _group_row(one, one.key or _("none"), [each for each in shown.members if each.level == one.key])
            for one in shown.levels
        ],
        "level_header": [_("Level"), *_group_header()],
        "people_rows": [_group_row(one, link, theirs) for link, one, theirs in people_there],
        "people_header": [_("Practitioner"), *_group_header()],
        "each_header": [
            _("Practitioner"),
            *(one.key or _("none") for one in shown.levels),
            *(names.get(one.key or "", one.key) for one in shown.services),
        ],
        "each_rows": _levels_and_package(people_there, shown),
        "service_header": [
            _("Service"),
            _("Members"),
            _("Expected"),
            _("Delivered"),
            _("Share"),
            _("Members with one missing"),
        ],
        "service_rows": [
            [
                names.get(one.key or "", one.key),
                one.members,
                quantity(one.expected, 1),
                one.delivered,
                percent(one.delivered / one.expected) if one.expected else "–",
                one.behind,
            ]
            for one in shown.services
        ],
        "standing": [
            {
                "shown": people[one.member_id],
                "figures": one,
                "missing": [names.get(code, code) for code in one.missing],
                "seen": one.member_id in seen,
                "url": where.url("look", pk=one.member_id),
            }
            for one in standing
        ],
        "standing_more": shown.total.stand_out - len(standing),
        "left": len(left),
        "next_url": where.url("look", pk=left[0].member_id) if left else "",
        "records": [
            {"record": one, "member": people[one.member_id], "name": names.get(one.service)} for one in records
        ],
        "faulty": sum(bool(one.faults) for one in records),
        "actions": [(one, people.get(one.member_id or 0)) for one in actions],
        "signed": signed,
        "locked": len(signed) == len(SignedPart.values),
        "differences": [
            {
                "one": one,
                "what": people[one.key].label
                if one.part == SignedPart.CASELOAD and one.key in people
                else one.reference,
                "url": reverse(
                    "eligibility:member" if one.part == SignedPart.CASELOAD else "baseline:activity", args=[one.key]
                ),
            }
            for one in changed
        ],
        "may_review": reviewer and len(signed) < len(SignedPart.values),
        "may_sign": signer,
        "caseload_statement": queries.caseload_statement(shown),
        "caseload_digest": queries.digest_of(caseload),
        "billing_statement": queries.billing_statement(records),
        "billing_digest": queries.digest_of(billing),
        "members_url": where.url("week_members"),
        "crumbs": [
            (
                _("Weekly reviews"),
                f"{reverse('baseline:weeks')}?contract={contract.code}&month={month_of(monday):%Y-%m}",
            ),
            (_("Week of %(monday)s") % {"monday": date_format(monday)}, ""),
        ],
    }


def _group_header() -> list[str]:
    return [
        _("Members"),
        _("Contacts"),
        _("a member"),
        _("Minutes a member"),
        _("Unplanned"),
        _("Days since planned"),
        _("Full package"),
        _("Follow-ups due"),
        _("Late"),
        _("Stand out"),
    ]


def _group_row(one: Figures, name: Any, members: Iterable[OfMember]) -> list[Any]:
    return [
        name,
        one.members,
        one.contacts,
        quantity(one.contacts_per_member, 2),
        quantity(one.minutes_per_member, 1),
        one.unplanned,
        quantity(_usual_days(members)),
        percent(one.served_share) if one.served_share is not None else "–",
        one.waiting,
        one.late,
        one.stand_out,
    ]


def _usual_days(members: Iterable[OfMember]) -> int | None:
    """Days since the last planned contact that half of the members do not exceed; without those who never had one."""
    days = [one.days_since_planned for one in members if one.days_since_planned is not None]
    return median_low(days) if days else None


def _by_practitioner(where: TeamWeek, shown: Caseload) -> list[Theirs]:
    """Each with the link to their members of the week, in order of name."""
    names = people_of(where.contract, [int(one.key) for one in shown.practitioners if one.key])
    found = []
    for one in shown.practitioners:
        name = names.get(int(one.key), "") if one.key else _("Nobody")
        address = f"{where.url('week_members')}?practitioner={one.key or 'none'}"
        theirs = [each for each in shown.members if str(each.practitioner_id or "") == (one.key or "")]
        found.append((name, (format_html('<a href="{}">{}</a>', address, name), one, theirs)))
    return [row for _name, row in sorted(found, key=lambda pair: str(pair[0]))]


def _levels_and_package(people: Iterable[Theirs], shown: Caseload) -> list[list[Any]]:
    """For each practitioner: members by level, and delivered of expected for each service of the package."""
    rows = []
    for link, _figures, theirs in people:
        row = [link, *(sum(each.level == one.key for each in theirs) for one in shown.levels)]
        for one in shown.services:
            parts = [each.package[one.key] for each in theirs if one.key in each.package]
            expected = sum((part for part, _delivered in parts), ZERO)
            values = {"delivered": sum(part for _expected, part in parts), "expected": quantity(expected, 1)}
            row.append(_("%(delivered)s of %(expected)s") % values if parts else "–")
        rows.append(row)
    return rows


def _kpis(where: TeamWeek, shown: Caseload, terms: SignedTerms, *, ended: bool) -> list[dict[str, Any]]:
    total = shown.total
    members = where.url("week_members")
    overdue = overdue_actions(where.contract, where.team, where.monday + WEEK)
    found = [
        {
            "label": _("Members"),
            "value": total.members,
            "note": _("Covered in the week and led by this team on their last covered day of it."),
            "url": members,
        },
        {
            "label": _("Contacts a member"),
            "value": quantity(total.contacts_per_member, 2),
            "note": _(
                "%(contacts)s contacts, %(minutes)s minutes (%(untimed)s without minutes). Attempts are left out."
            )
            % {
                "contacts": quantity(total.contacts),
                "minutes": quantity(total.minutes),
                "untimed": quantity(total.contacts - total.timed),
            },
            "url": f"{members}?contact=some",
        },
        {
            "label": _("Full package"),
            "value": percent(total.served_share) if total.served_share is not None else "–",
            "note": _("%(served)s of %(all)s members of whom a package expects something.")
            % {"served": total.served, "all": total.with_package},
            "url": f"{members}?package=full",
        },
        {
            "label": _("Follow-ups late"),
            "value": total.late,
            "note": (
                _("Of %(waiting)s open at the end of the week.")
                if ended
                else _("Of %(waiting)s open now. Late is what was due before today.")
            )
            % {"waiting": total.waiting},
            "tone": "bad" if total.late else "",
            "url": f"{members}?follow_ups=late",
        },
        {
            "label": _("Unplanned contacts"),
            "value": total.unplanned,
            "note": _("Of the %(contacts)s contacts of the week.") % {"contacts": total.contacts},
            "url": f"{members}?contact=unplanned",
        },
        {
            "label": _("Days since a planned contact"),
            "value": quantity(_usual_days(shown.members)),
            "note": _("Half of the members wait no longer. The longest: %(longest)s. Never had one: %(never)s.")
            % {
                "longest": quantity(max((one.days_since_planned or 0 for one in shown.members), default=None)),
                "never": sum(one.planned_on is None for one in shown.members),
            },
            "url": members,
        },
        {
            "label": _("Actions overdue"),
            "value": overdue,
            "note": _("From weekly reviews of this team, due before the end of the week and not done by then."),
            "tone": "bad" if overdue else "",
            "url": f"{reverse('baseline:actions')}?team={where.team or 'null'}&overdue_after={shown.last_day}",
        },
        {
            "label": _("Stand out"),
            "value": total.stand_out,
            "note": _("With less than half of the package, a follow-up late, or nobody to look after them."),
            "tone": "warn" if total.stand_out else "good",
            "url": f"{members}?stands_out=yes",
        },
    ]
    for one in posts(where.contract, shown.last_day, terms):
        found.append(
            {
                "label": _("Members for each funded post"),
                "value": quantity(one.members_per_post, 1),
                "note": _("Whole contract: %(members)s members, %(posts)s posts (%(role)s). Agreed: %(limit)s.")
                % {
                    "members": quantity(one.members),
                    "posts": quantity(one.funded_wte),
                    "role": one.role.replace("_", " "),
                    "limit": quantity(one.caseload_per_wte),
                },
                "tone": "bad" if one.above else "good",
            }
        )
    return found
