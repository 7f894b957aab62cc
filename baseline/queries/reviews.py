"""Weekly reviews: which weeks wait, what one shows, and what has changed since it was signed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baseline.models import CaseloadReview, ReviewSignature, SignedPart
from baseline.queries import sql
from baseline.queries.activity import services
from baseline.queries.authorisation import Asked, Authorisation, in_force
from baseline.queries.caseload import NO_TEAM, Caseload, OfMember
from baseline.queries.terms import service_terms
from baseline.rules.weeks import WEEK, first_week, monday_of, month_of
from blended_pilot.kernel.money import rounded
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import quantity
from contracts.models import Contract
from contracts.queries.terms import SignedTerms, signed_terms
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, Practitioner, Team

GATE = "caseload_reviewed"


@dataclass(frozen=True)
class MissingWeek:
    """A week of a team that has ended and is not signed. `team_id` NO_TEAM: members whom no team leads."""

    monday: date
    team_id: int

    @property
    def month(self) -> date:
        return month_of(self.monday)


@dataclass(frozen=True)
class EpisodicRecord:
    """One episodic record of a week, with what stands against paying for it."""

    id: int
    activity_ref: str
    member_id: int
    service: str
    occurred_on: date
    units: Decimal
    practitioner: str
    criteria_not_met: tuple[str, ...]
    verified: bool
    rejected: bool
    attempted: bool
    reverses: bool
    reversed: bool
    needs_authorisation: bool
    authorisation: Authorisation | None

    @property
    def faults(self) -> list[str]:
        """Why it is not, or not yet, billed; empty where nothing stands against it."""
        found = []
        if self.reverses or self.reversed:
            return [_("taken back")]
        if self.attempted:
            found.append(_("attempted only"))
        if self.criteria_not_met:
            found.append(_("criteria not met: %(codes)s") % {"codes": ", ".join(self.criteria_not_met)})
        if self.needs_authorisation and self.authorisation is None:
            found.append(_("no authorization in force"))
        if self.rejected:
            found.append(_("sent back to whoever recorded it"))
        elif not self.verified:
            found.append(_("waits for verification"))
        return found


@dataclass(frozen=True)
class Difference:
    """What is other than it was when the part was signed. `was` or `now` is empty where a row came or went.

    `reference` is that of the record, which may have left the week since; empty for a member.
    """

    part: str
    key: int
    reference: str
    label: str
    was: str
    now: str


def local_today(contract: Contract, now: datetime) -> date:
    return now.astimezone(ZoneInfo(contract.timezone)).date()


def missing_weeks(contract: Contract, *, first: date, last: date) -> list[MissingWeek]:
    """Unsigned weeks of every team from the Monday `first` to the Monday `last`, both included."""
    values = {"contract": contract.pk, "organisation": contract.provider_id, "first": first, "last": last}
    return [MissingWeek(row["monday"], row["team"]) for row in sql.rows("weeks_to_review", values)]


def weeks_until(contract: Contract, day: date) -> tuple[date, date]:
    """(first, last) Monday of the weeks that the contract asks to be reviewed and whose Sunday lies before `day`.

    It asks for them from the month on in which the first version with the gate comes into force, to the end of the
    term. Last before first where it asks for none.
    """
    terms = signed_terms(contract.pk)
    asked = [
        version.in_force_from for version in terms.versions if any(gate.code == GATE for gate in version.document.gates)
    ]
    if not asked:
        return monday_of(day), monday_of(day) - WEEK
    after_term = terms.latest.document.term.to + DAY
    return first_week(max(min(asked), terms.first_day.replace(day=1))), monday_of(min(day, after_term)) - WEEK


def week_sentence(missing: MissingWeek, team: str) -> str:
    """The week and team that nobody signed, for the list of what a gate lacks."""
    return _("%(team)s, week of %(monday)s") % {"team": team, "monday": date_format(missing.monday)}


def review_of(contract: Contract, team: int, monday: date) -> CaseloadReview | None:
    return (
        CaseloadReview.objects.filter(contract=contract, team=team or None, week=monday)
        .prefetch_related("signatures__signed_by")
        .first()
    )


def episodic_records(
    contract: Contract, monday: date, team: int | None, terms: SignedTerms | None = None
) -> list[EpisodicRecord]:
    """Every episodic record of the week that the contract pays for: of the members whom the team led on its day."""
    terms = terms or signed_terms(contract.pk)
    values = {
        "contract": contract.pk,
        "starts": monday,
        "before": monday + WEEK,
        "team": team,
        **service_terms(contract.pk, terms),
    }
    rows = sql.rows("episodic_records", values)
    asked = {row["id"]: Asked(contract.pk, row["member_id"], row["service"], row["occurred_on"]) for row in rows}
    given = in_force(asked.values())
    found = []
    for row in rows:
        governing = terms.on(row["occurred_on"])
        service = governing.document.service(row["service"]) if governing else None
        found.append(
            EpisodicRecord(
                id=row["id"],
                activity_ref=row["activity_ref"],
                member_id=row["member_id"],
                service=row["service"],
                occurred_on=row["occurred_on"],
                units=row["units"],
                practitioner=row["practitioner"],
                criteria_not_met=tuple(row["criteria_not_met"]),
                verified=row["verified_on"] is not None,
                rejected=row["rejected_on"] is not None,
                attempted=row["attempted"],
                reverses=row["reverses"],
                reversed=row["reversed_by"] is not None,
                needs_authorisation=service is not None and service.authorization == "required",
                authorisation=given.get(asked[row["id"]]),
            )
        )
    return found


def signed(review: CaseloadReview | None) -> Mapping[str, ReviewSignature]:
    """Signatures by part."""
    return {one.part: one for one in review.signatures.all()} if review else {}


def caseload_content(shown: Caseload) -> list[dict[str, Any]]:
    """What the signature on the caseload covers: one mapping for each member, by id."""
    return [
        {
            "member": one.member_id,
            "level": one.level,
            "practitioner": one.practitioner_id,
            "contacts": one.contacts,
            "minutes": one.minutes,
            "unplanned": one.unplanned,
            "follow_ups": one.waiting,
            "late": one.late,
            "package": {
                code: [str(expected), delivered] for code, (expected, delivered) in sorted(one.package.items())
            },
            "stands_out": bool(one.stand_out),
        }
        for one in shown.members
    ]


def billing_content(records: Sequence[EpisodicRecord]) -> list[dict[str, Any]]:
    """What the signature on activity billing covers: one mapping for each record, by id."""
    return [
        {
            "record": one.id,
            "reference": one.activity_ref,
            "member": one.member_id,
            "service": one.service,
            "occurred_on": one.occurred_on.isoformat(),
            "units": str(one.units.normalize()),
            "criteria_not_met": sorted(one.criteria_not_met),
            "verified": one.verified,
            "taken_back": one.reverses or one.reversed,
            "authorization": one.authorisation.number if one.authorisation else None,
        }
        for one in records
    ]


def digest_of(content: Sequence[Mapping[str, Any]]) -> str:
    """A fingerprint of what is signed: the same rows give the same."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def differences(
    contract: Contract, part: str, was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    """Row by row and field by field, in order of id; of the package only the services that differ."""
    key = "member" if part == SignedPart.CASELOAD else "record"
    before, after = {row[key]: row for row in was}, {row[key]: row for row in now}
    changed = [(pk, before.get(pk), after.get(pk)) for pk in sorted(before.keys() | after.keys())]
    changed = [(pk, old, new) for pk, old, new in changed if old != new]
    names = _Names(contract, [row for _pk, old, new in changed for row in (old, new) if row])
    found = []
    for pk, old, new in changed:
        reference = (new or old or {}).get("reference", "")
        if old is None or new is None:
            there = _("there")
            label = _("in this week")
            found.append(Difference(part, pk, reference, label, there if old else "", there if new else ""))
            continue
        found += [
            Difference(part, pk, reference, FIELDS[name](), *names.spoken(name, old.get(name), new[name]))
            for name in new
            if old.get(name) != new[name]
        ]
    return found


def caseload_statement(shown: Caseload) -> str:
    """What a signature on the caseload says, word for word."""
    standing, clean = shown.total.stand_out, shown.total.members - shown.total.stand_out
    reviewed = ngettext(
        "I have reviewed the caseload from %(first)s to %(last)s: %(members)s member.",
        "I have reviewed the caseload from %(first)s to %(last)s: %(members)s members.",
        shown.total.members,
    ) % {
        "first": date_format(shown.starts_on),
        "last": date_format(shown.last_day),
        "members": shown.total.members,
    }
    if not standing:
        return f"{reviewed} {_('Nothing stands out about them.')}"
    looked = ngettext(
        "%(standing)s stood out and was looked at.", "%(standing)s stood out and were looked at one by one.", standing
    ) % {"standing": standing}
    rest = ngettext(
        "Nothing stands out about the other member.", "Nothing stands out about the other %(clean)s.", clean
    ) % {"clean": clean}
    return f"{reviewed} {looked} {rest}" if clean else f"{reviewed} {looked}"


def billing_statement(records: Sequence[EpisodicRecord]) -> str:
    """What a signature on activity billing says, word for word."""
    if not records:
        return _("No episodic work was recorded in this week, and nothing is billed as activity.")
    faulty = sum(bool(record.faults) for record in records)
    looked = ngettext(
        "I have looked at the one episodic record of this week.",
        "I have looked at all %(records)s episodic records of this week.",
        len(records),
    ) % {"records": len(records)}
    billed = _("Activity is billed only for work that meets the contract's definition of an episode.")
    left = ngettext(
        "%(faulty)s record does not, or not yet, and is shown with the reason.",
        "%(faulty)s records do not, or not yet, and are shown with the reason.",
        faulty,
    ) % {"faulty": faulty}
    return f"{looked} {billed} {left}" if faulty else f"{looked} {billed}"


FIELDS = {
    "member": lambda: _("member"),
    "level": lambda: _("level"),
    "practitioner": lambda: _("practitioner"),
    "contacts": lambda: _("contacts"),
    "minutes": lambda: _("minutes"),
    "unplanned": lambda: _("unplanned contacts"),
    "follow_ups": lambda: _("follow-ups due"),
    "late": lambda: _("follow-ups late"),
    "package": lambda: _("package, expected and delivered"),
    "stands_out": lambda: _("stands out"),
    "reference": lambda: _("record"),
    "service": lambda: _("service"),
    "occurred_on": lambda: _("date"),
    "units": lambda: _("units"),
    "criteria_not_met": lambda: _("criteria not met"),
    "verified": lambda: _("verified"),
    "taken_back": lambda: _("taken back"),
    "authorization": lambda: _("authorization"),
}


class _Names:
    """Says what a signed row holds: practitioners and services by their names."""

    def __init__(self, contract: Contract, rows: Sequence[Mapping[str, Any]]) -> None:
        people = {row["practitioner"] for row in rows if row.get("practitioner")}
        self._people = {one.pk: str(one) for one in Practitioner.objects.filter(pk__in=people)} if people else {}
        self._services = {code: one.name for code, one in services(contract.pk).items()} if rows else {}

    def spoken(self, field: str, was: Any, now: Any) -> tuple[str, str]:
        if field == "package":
            was, now = was or {}, now or {}
            other = [code for code in sorted(was.keys() | now.keys()) if was.get(code) != now.get(code)]
            return self._package(was, other), self._package(now, other)
        return self._said(field, was), self._said(field, now)

    def _package(self, package: Mapping[str, Any], codes: Sequence[str]) -> str:
        return ", ".join(
            _("%(service)s: %(delivered)s of %(expected)s")
            % {
                "service": self._services.get(code, code),
                "delivered": package[code][1],
                "expected": quantity(rounded(Decimal(package[code][0]), 3)),
            }
            if code in package
            else _("%(service)s: not expected") % {"service": self._services.get(code, code)}
            for code in codes
        )

    def _said(self, field: str, value: Any) -> str:
        if field == "practitioner":
            return self._people.get(value, str(value)) if value else _("nobody")
        if field == "service":
            return str(self._services.get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(map(str, value)) or _("none")
        return _("none") if value is None else str(value)


def in_caseload(contract: Contract, team: int, monday: date, member_id: int) -> bool:
    """Whether the member is covered in the week and led by the team on their last covered day of it. Two queries."""
    before = monday + WEEK
    spans = CoverageSpan.objects.filter(contract=contract, member=member_id, starts_on__lt=before)
    span = spans.exclude(ends_before__lte=monday).order_by("-starts_on").first()
    if span is None:
        return False
    day = min(span.ends_before or before, before) - DAY
    lead = Assignment.objects.on(day).filter(member=member_id, kind=AssignmentKind.LEAD).first()
    return (lead.team_id if lead else None) == (team or None)


def looked_at(review: CaseloadReview | None) -> set[int]:
    """Members about whom something is noted."""
    return set(review.notes.values_list("member_id", flat=True)) if review else set()


def still_to_look_at(review: CaseloadReview | None, shown: Caseload) -> list[OfMember]:
    """Members who stand out and about whom nothing is noted yet, those with most missing first."""
    seen = looked_at(review)
    open_ = [one for one in shown.members if one.stand_out and one.member_id not in seen]
    return sorted(open_, key=lambda one: (-one.late, -one.behind, one.member_id))


def teams_of(contract: Contract) -> dict[int, str]:
    """Names of the provider's teams by id, and of those without."""
    found = {team.pk: team.name for team in Team.objects.filter(organisation=contract.provider_id).order_by("name")}
    return {**found, NO_TEAM: _("Without a team")}
