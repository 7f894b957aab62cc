"""Who may do what: the one table to review.

An action is allowed to roles on a side of a contract. A person has a standing (role at an organisation) while a
membership is in force, or while they are the deputy of one that is. No standing, no permission: default is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from accounts.models import Deputy, Membership, Organisation, Role
from blended_pilot.kernel import scope
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.row_security import PERSON, guarded_actions

R = Role
CARE_TEAM = {R.INTAKE, R.PRACTITIONER, R.SUPERVISOR, R.CLINICAL_LEAD}
PROVIDER_STAFF = CARE_TEAM | {R.ANALYST, R.OPERATIONS, R.FINANCE, R.QUALITY}
COMMISSIONER_STAFF = {R.COMMISSIONER, R.FINANCE, R.ANALYST, R.QUALITY, R.CLINICAL_LEAD, R.OPERATIONS}
EVERYBODY = set(R)
MONEY = {R.FINANCE, R.COMMISSIONER}


@dataclass(frozen=True)
class Rule:
    """The roles that may, by the side their organisation takes."""

    provider: frozenset[str]
    commissioner: frozenset[str]


def _rule(provider: Iterable[str] = (), commissioner: Iterable[str] = ()) -> Rule:
    return Rule(frozenset(map(str, provider)), frozenset(map(str, commissioner)))


def _both(*roles: str) -> Rule:
    return _rule(roles, roles)


POLICY: dict[str, Rule] = {
    # people
    "people.view": _both(R.ADMINISTRATOR, R.AUDITOR),
    "people.manage": _both(R.ADMINISTRATOR),
    "access.view": _both(R.ADMINISTRATOR, R.AUDITOR),
    # work in the background: counts and sentences, never identities
    "job.view": _both(*EVERYBODY),
    # contracts
    "contract.view": _both(*EVERYBODY),
    "contract.load": _both(*MONEY),
    "contract.align": _rule({R.FINANCE, R.OPERATIONS}, MONEY),
    "contract.sign": _both(*MONEY),
    # a contract may send a sign to any role; only those that it is addressed to decide, and an auditor never writes
    "escalation.view": _both(*EVERYBODY),
    "escalation.decide": _both(*(EVERYBODY - {R.AUDITOR})),
    # feeds: files hold identities, so the commissioner's side sees counts only
    "feed.view": _rule({R.INTAKE, R.OPERATIONS, R.ANALYST, R.FINANCE, R.QUALITY, R.SUPERVISOR}),
    "feed.upload": _rule({R.INTAKE, R.OPERATIONS, R.ANALYST, R.FINANCE, R.QUALITY}),
    # members
    # pseudonyms at least for whoever reads the money of a contract, on either side
    "member.view": _rule(PROVIDER_STAFF | {R.COMMISSIONER, R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "member.reference": _rule(PROVIDER_STAFF),
    "member.identity": _rule(CARE_TEAM | {R.QUALITY}),
    "member.reveal": _rule({R.AUDITOR}, {R.COMMISSIONER, R.QUALITY, R.CLINICAL_LEAD, R.AUDITOR}),
    # clinical narrative (rationale, reasons in words) is not for finance, analysts and operations
    "clinical.view": _rule(CARE_TEAM | {R.AUDITOR}, {R.CLINICAL_LEAD, R.AUDITOR}),
    "coverage.correct": _rule({R.INTAKE, R.SUPERVISOR}),
    "team.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, {R.AUDITOR}),
    "team.manage": _rule({R.SUPERVISOR, R.OPERATIONS}),
    "member.assign": _rule({R.SUPERVISOR, R.OPERATIONS}),
    "member.export": _rule({R.INTAKE, R.SUPERVISOR, R.QUALITY, R.OPERATIONS, R.ANALYST, R.FINANCE}, COMMISSIONER_STAFF),
    # files of proof hold names and narrative: for those who may read both
    "evidence.view": _rule(CARE_TEAM | {R.AUDITOR}, {R.CLINICAL_LEAD, R.AUDITOR}),
    "evidence.attach": _rule(CARE_TEAM),
    # the referral log is a figure that money depends on; names in it are for those who may see identity
    "referral.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "referral.record": _rule({R.INTAKE, R.PRACTITIONER, R.SUPERVISOR, R.CLINICAL_LEAD}),
    "referral.verify": _rule({R.SUPERVISOR, R.QUALITY, R.ANALYST}),
    "referral.export": _rule(PROVIDER_STAFF, COMMISSIONER_STAFF),
    # who is let in and who leaves
    "determination.view": _rule(CARE_TEAM | {R.QUALITY, R.AUDITOR}, {R.CLINICAL_LEAD, R.AUDITOR}),
    "determination.make": _rule({R.INTAKE, R.SUPERVISOR}),
    "member.depart": _rule({R.INTAKE, R.SUPERVISOR, R.CLINICAL_LEAD}),
    "member.merge": _rule({R.SUPERVISOR}),
    # a level is in force by a decision (authorizations), and a decision is a clinical lead's
    "level.decide": _rule({R.CLINICAL_LEAD}),
    # how decisions go: figures for those who answer for them; the second look is the commissioner's clinicians'
    "standing.view": _rule(
        {R.CLINICAL_LEAD, R.SUPERVISOR, R.QUALITY, R.ANALYST, R.OPERATIONS, R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}
    ),
    "second_look.view": _rule(
        {R.CLINICAL_LEAD, R.SUPERVISOR, R.QUALITY, R.AUDITOR},
        {R.CLINICAL_LEAD, R.COMMISSIONER, R.QUALITY, R.AUDITOR},
    ),
    "second_look.give": _rule((), {R.CLINICAL_LEAD}),
    # delivered work
    "activity.view": _rule(PROVIDER_STAFF | {R.COMMISSIONER, R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "activity.export": _rule(PROVIDER_STAFF, COMMISSIONER_STAFF),
    # what is due after a contact or an episode, and who says that it will not take place
    "follow_up.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, {R.AUDITOR}),
    "follow_up.cancel": _rule({R.PRACTITIONER, R.SUPERVISOR, R.CLINICAL_LEAD}),
    "activity.record": _rule({R.PRACTITIONER, R.SUPERVISOR, R.CLINICAL_LEAD}),
    # one's own records may be corrected by whoever may record; those of others:
    "activity.correct_any": _rule({R.SUPERVISOR}),
    "activity.verify": _rule({R.SUPERVISOR, R.CLINICAL_LEAD}),
    "activity.verification": _rule({R.SUPERVISOR, R.CLINICAL_LEAD, R.QUALITY, R.OPERATIONS, R.AUDITOR}),
    # what is baseline and what is an episode: read by all who see the contract, confirmed by those who deliver
    "included.confirm": _rule(CARE_TEAM),
    "included.oversee": _rule({R.SUPERVISOR, R.CLINICAL_LEAD, R.OPERATIONS, R.QUALITY, R.AUDITOR}),
    # decisions: what is asked for, who decides, and the register that everybody who acts on it reads
    "assessment.view": _rule(CARE_TEAM | {R.AUDITOR}, {R.CLINICAL_LEAD, R.AUDITOR}),
    "assessment.record": _rule(CARE_TEAM),
    "request.view": _rule(
        CARE_TEAM | {R.QUALITY, R.OPERATIONS, R.ANALYST, R.AUDITOR},
        {R.CLINICAL_LEAD, R.QUALITY, R.ANALYST, R.COMMISSIONER, R.AUDITOR},
    ),
    "request.make": _rule(CARE_TEAM),
    "request.assign": _rule({R.CLINICAL_LEAD, R.SUPERVISOR}),
    "request.decide": _rule({R.CLINICAL_LEAD}),
    "queue.view": _rule({R.CLINICAL_LEAD, R.SUPERVISOR}),
    # who should be asked for more and is not: the care team's, and what the commissioner's side looks for
    "escalation.missed": _rule(CARE_TEAM | {R.QUALITY, R.AUDITOR}, {R.CLINICAL_LEAD, R.QUALITY, R.AUDITOR}),
    "escalation.set_aside": _rule({R.CLINICAL_LEAD, R.SUPERVISOR}),
    "register.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "register.export": _rule(PROVIDER_STAFF, COMMISSIONER_STAFF | {R.AUDITOR}),
    "register.correct": _rule({R.CLINICAL_LEAD}),
    # letters name the member and what was decided
    "letter.make": _rule(CARE_TEAM),
    "episode.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "episode.end": _rule({R.CLINICAL_LEAD, R.SUPERVISOR}),
    # the weekly review of caseloads: the supervisor signs, what the members are like is as everywhere
    "caseload.view": _rule(PROVIDER_STAFF - {R.FINANCE} | {R.AUDITOR}, {R.AUDITOR}),
    "caseload.review": _rule({R.SUPERVISOR, R.CLINICAL_LEAD}),
    "caseload.sign": _rule({R.SUPERVISOR}),
    # whoever was given an action sees it and says what came of it; the others' are seen with the caseload
    "action.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, {R.AUDITOR}),
    # complaints and safety signals; what was said about safeguarding is for the provider's care team and clinical lead
    "event.view": _rule(
        PROVIDER_STAFF - {R.FINANCE} | {R.AUDITOR}, {R.COMMISSIONER, R.QUALITY, R.CLINICAL_LEAD, R.AUDITOR}
    ),
    "event.record": _rule(CARE_TEAM | {R.QUALITY}),
    "event.close": _rule({R.SUPERVISOR, R.CLINICAL_LEAD, R.QUALITY}),
    "safeguarding.view": _rule(CARE_TEAM),
    # what a month's money bought: figures for both sides, the members behind them for the provider's own people
    "bought.view": _rule(PROVIDER_STAFF | {R.AUDITOR}, COMMISSIONER_STAFF | {R.AUDITOR}),
    "bought.members": _rule(PROVIDER_STAFF | {R.AUDITOR}),
    # money
    "cycle.view": _both(R.FINANCE, R.COMMISSIONER, R.OPERATIONS, R.ANALYST, R.QUALITY, R.AUDITOR),
    "cycle.run": _both(*MONEY),
    "cycle.prepare": _both(*MONEY),
    "cycle.approve": _both(*MONEY),
    "ledger.export": _both(R.FINANCE, R.COMMISSIONER, R.ANALYST, R.AUDITOR),
}


class NotAllowed(Refused):
    """The person's roles do not include this action here."""


@dataclass(frozen=True)
class Sides:
    """Organisations at which a person may do something, by the side that the organisation takes."""

    provider: frozenset[int]
    commissioner: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.provider or self.commissioner)

    def of_contract(self, path: str = "") -> Q:
        """Filter for rows that reach a contract by `path` ("" for contracts themselves, "contract__" below)."""
        return Q(**{f"{path}provider_id__in": self.provider}) | Q(**{f"{path}commissioner_id__in": self.commissioner})


def standings(user: Any) -> frozenset[tuple[int, str]]:
    """(organisation id, role) pairs in force today, own and deputised.

    Read once per request: the cache lives on the user object, which every request loads anew.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    cached = getattr(user, "_standings", None)
    if cached is None:
        today = datetime.now(UTC).date()
        in_force = Q(starts_on__lte=today) & (Q(ends_before=None) | Q(ends_before__gt=today))
        deputised = Deputy.objects.filter(in_force, user=user).values("membership_id")
        held = Membership.objects.filter(in_force, Q(user=user) | Q(pk__in=deputised), user__is_active=True)
        cached = frozenset(held.values_list("organisation_id", "role"))
        user._standings = cached
    return cached


def organisations(user: Any) -> frozenset[int]:
    """Every organisation at which the person has a standing."""
    return frozenset(organisation for organisation, _ in standings(user))


def sides(user: Any, action: str) -> Sides:
    """Where the person may do `action`. KeyError for an action that the policy does not know."""
    rule = POLICY[action]
    held = standings(user)
    return Sides(
        provider=frozenset(organisation for organisation, role in held if role in rule.provider),
        commissioner=frozenset(organisation for organisation, role in held if role in rule.commissioner),
    )


def scope_of(user: Any) -> scope.Scope:
    """For whom the database is asked while this person reads: where they may do what, as their roles say today."""
    if not getattr(user, "is_authenticated", False):
        return scope.NOBODY
    found = {action: sides(user, action) for action in guarded_actions()}
    told = {action: (where.provider, where.commissioner) for action, where in found.items()}
    return scope.of_person({**told, PERSON: ([user.pk], [])})


def may(user: Any, action: str) -> bool:
    """Anywhere at all: for doors and menus, never for an object."""
    return bool(sides(user, action))


def offered(user: Any, action: str) -> bool:
    """Whether a menu shows it: on a side that the person's organisation takes in some contract.

    Without a contract an organisation takes neither side yet, and is offered both. Two queries, once per request.
    """
    where = sides(user, action)
    taken = getattr(user, "_sides_taken", None)
    if taken is None:
        held = Organisation.objects.filter(pk__in=organisations(user))
        taken = user._sides_taken = {
            "provider": set(held.filter(provides__isnull=False).values_list("pk", flat=True)),
            "commissioner": set(held.filter(commissions__isnull=False).values_list("pk", flat=True)),
        }
    neither = organisations(user) - taken["provider"] - taken["commissioner"]
    provider = where.provider & (taken["provider"] | neither)
    commissioner = where.commissioner & (taken["commissioner"] | neither)
    return bool(provider or commissioner)


def may_on(user: Any, action: str, contract: Any) -> bool:
    """On one contract (anything with `provider_id` and `commissioner_id`)."""
    where = sides(user, action)
    return contract.provider_id in where.provider or contract.commissioner_id in where.commissioner


def may_at(user: Any, action: str, organisation_id: int) -> bool:
    """At one organisation, whichever side it takes (people, teams, settings)."""
    where = sides(user, action)
    return organisation_id in where.provider or organisation_id in where.commissioner


def require_on(user: Any, action: str, contract: Any, sentence: str) -> None:
    """Raise NotAllowed with `sentence` unless the person may. The system user may not: it decides nothing."""
    if not may_on(user, action, contract):
        raise NotAllowed(sentence)


def require_at(user: Any, action: str, organisation_id: int, sentence: str) -> None:
    """Raise NotAllowed with `sentence` unless the person may at this organisation."""
    if not may_at(user, action, organisation_id):
        raise NotAllowed(sentence)
