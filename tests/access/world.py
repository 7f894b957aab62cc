"""Two pairs of organisations that share nothing, with one of everything, and a third commissioner beside the first.

Every text of the other pair carries `THEIRS`. The first provider also works for a third party under a second
contract, whose texts carry `BESIDE`: the first commissioner must not meet them. One member is `SEEN`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import Deputy, Notice, PersonalToken, Role, User
from accounts.operations.tokens import digest
from authorizations.operations.seals import seal
from baseline.models import ReviewNote
from blended_pilot.jobs.models import Job
from contracts.models import Attachment, Contract, Escalation, FeedReject, FeedRun
from contracts.operations.documents import load
from eligibility.models import AnswerEvidence, Departure, Member, MemberMerge
from tests.factories.accounts import DeputyFactory, MembershipFactory, UserFactory, person
from tests.factories.authorizations import (
    AssessmentFactory,
    DecisionFactory,
    EpisodeFactory,
    MissedEscalationFactory,
    QuestionFactory,
    RequestFactory,
    SecondLookFactory,
)
from tests.factories.baseline import (
    ActivityFactory,
    CaseloadReviewFactory,
    EventFactory,
    FollowUpFactory,
    ReviewActionFactory,
    VerificationBatchFactory,
)
from tests.factories.contracts import document, signatory, signed_contract
from tests.factories.eligibility import (
    AnswerFactory,
    AssignmentFactory,
    CoverageSpanFactory,
    DeterminationFactory,
    EvidenceFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
    ReferralFactory,
    TeamFactory,
)
from variance.models import LedgerEntry, MonthCount, Statement
from variance.operations import cycles

THEIRS = "KANARIB"
BESIDE = "KANARIX"
SEEN = "ZEUGIN"  # in the name and the reference of the member that the log is asked about
SAFEGUARDED = "SCHUTZWORT"  # said about safeguarding in a safety signal
SEEN_NAME = "ZEUGINOURS"  # in the name alone
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATE = datetime(2100, 1, 1, tzinfo=UTC)
PROVIDER, COMMISSIONER = "provider", "commissioner"
ANONYMOUS, DEACTIVATED, NO_LONGER = "anonymous", "deactivated", "deputy whose time is over"


@dataclass
class Persona:
    """Somebody who asks: `role` is None without a standing, `inside` False without a session that counts."""

    name: str
    side: str
    role: str | None
    inside: bool
    client: Client
    program: Client  # asks with a token
    user: User | None = None
    notice: int = 0


@dataclass
class Place:
    """A contract with its two organisations, and the parts of the addresses of one of everything."""

    contract: Contract
    member: Member
    arguments: dict[str, list[Any]] = field(default_factory=dict)
    of_side: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)

    def address(self, subject: str, side: str) -> list[Any]:
        return self.of_side[side].get(subject) or self.arguments[subject]


@dataclass
class World:
    ours: Place
    theirs: Place
    beside: Place
    personas: list[Persona]

    def persona(self, name: str) -> Persona:
        return next(one for one in self.personas if one.name == name)


def _document(code: str, mark: str, version: int = 1, *, commissioner: str = "", provider: str = "") -> dict[str, Any]:
    return document(
        code=code,
        title=f"{mark} agreement",
        version=version,
        in_force_from="2026-01-01" if version == 1 else "2026-10-01",
        commissioner={"code": commissioner.lower(), "name": f"{commissioner} county"},
        provider={"code": provider.lower(), "name": f"{provider} carers"},
        attachments=[{"title": f"{mark} protocol", "file": f"{mark}.txt"}] if version > 1 else None,
    )


def _place(mark: str, seen: str, *, commissioner: str, provider: str) -> Place:
    names = {"commissioner": commissioner, "provider": provider}
    contract = signed_contract(**_document(f"{mark}-1", mark, **names))
    for side in (contract.provider, contract.commissioner):
        finance = signatory(side)
        if mark == BESIDE and side == contract.provider:
            continue  # signs for both of its contracts, so both commissioners know the name
        finance.name, finance.email = f"{mark} signatory", f"signatory-{side.code}-{mark}@example.org".lower()
        finance.save()
    member = MemberFactory(
        # strangers meet a pseudonym where everything else about a member is kept from them: it carries the mark too
        **({} if mark == "OURS" else {"pseudonym": f"M-{mark}"}),
        organisation=contract.provider,
        reference=f"{seen}-{mark}-REF",
        given_name=f"{seen}{mark}",
        family_name=f"{seen}{mark}",
        language=mark[:20],
    )
    place = Place(contract, member)
    _people(place, mark)
    _care(place, mark)
    _decisions(place, mark)
    _money(place, mark)
    _papers(place, mark, names)
    return place


def _people(place: Place, mark: str) -> None:
    for side, organisation in ((PROVIDER, place.contract.provider), (COMMISSIONER, place.contract.commissioner)):
        tag = f"{mark}-{side}".lower()
        person(Role.ADMINISTRATOR, organisation, name=f"{mark} administrator", email=f"first-{tag}@example.org")
        held = MembershipFactory(
            role=Role.OPERATIONS,
            organisation=organisation,
            user=UserFactory(name=f"{mark} colleague", email=f"colleague-{tag}@example.org"),
        )
        leaver = person(
            Role.INTAKE,
            organisation,
            name=f"{mark} leaver",
            email=f"leaver-{tag}@example.org",
            is_active=False,
            deactivated_at=NOW,
        )
        deputy = DeputyFactory(
            membership=held,
            user=person(Role.QUALITY, organisation, name=f"{mark} deputy", email=f"deputy-{tag}@example.org"),
            reason=f"{mark} leave",
        )
        token = PersonalToken.objects.create(
            user=held.user,
            name=f"{mark} token",
            scope="write",
            digest=f"of {tag}",
            created_at=NOW,
            expires_at=LATE,
        )
        job = Job.objects.create(
            kind="feed.check",
            key=tag,
            ring_at=NOW,
            organisation_id=organisation.pk,
            created_at=NOW,
            finished_at=NOW,
            status="failed",
            error=f"{mark} went wrong",
            progress_text=f"{mark} rows",
        )
        place.of_side[side] = {
            "person": [held.user_id],
            "membership": [held.pk],
            "leaver": [leaver.pk],
            "deputy": [deputy.pk],
            "job": [job.pk],
            "job_key": [job.key],
            "token": [token.pk],
        }
        place.rows[side] = {"organisation": organisation, "deputy": deputy.user}


def _care(place: Place, mark: str) -> None:
    contract, member = place.contract, place.member
    span = CoverageSpanFactory(contract=contract, member=member)
    LevelSpanFactory(contract=contract, member=member, level="L2", decided_by=f"{mark} doctor", rationale=f"{mark} why")
    # a provider's staff work for all of its contracts, and an auditor of each commissioner sees them
    staff = mark if mark != BESIDE else "Shared"
    team = TeamFactory(organisation=contract.provider, name=f"{staff} team")
    practitioner = PractitionerFactory(
        organisation=contract.provider, reference=f"{staff}-p", name=f"{staff} practitioner"
    )
    other = PractitionerFactory(organisation=contract.provider, reference=f"{staff}-q", name=f"{staff} second")
    assignment = AssignmentFactory(member=member, practitioner=practitioner, team=team)
    activity = ActivityFactory(contract=contract, member=member, activity_ref=f"{mark}-ACT")
    episodic = ActivityFactory(
        contract=contract, member=member, activity_ref=f"{mark}-UNPAID", service="crisis_visit", units=Decimal(1)
    )
    _intake(place, mark)
    evidence = EvidenceFactory(contract=contract, member=member, file_name=f"{mark}.pdf", content=mark.encode())
    _weeks(place, mark, team)
    batch = VerificationBatchFactory(
        contract=contract, records=1, sample=[episodic.pk], drawn_by=UserFactory(name=f"{staff} drawer")
    )
    place.rows |= {"team": team, "practitioner": other, "span": span}
    look = SecondLookFactory(
        decision__request__contract=contract,
        decision__request__member=member,
        decision__request__grounds=f"{mark} why",
        decision__request__number=905,
        decision__request__status="decided",
        decision__request__decided_at=NOW,
    )
    place.arguments |= {
        "evidence": [evidence.pk],
        "second_look": [look.pk],
        "member": [member.pk],
        "span": [span.pk],
        "add_coverage": [member.pk, contract.code],
        "team": [team.pk],
        "practitioner": [practitioner.pk],
        "assignment": [assignment.pk],
        "activity": [activity.pk],
        "episodic": [episodic.pk],
        "batch": [batch.pk],
        "contract": [contract.code],
        "topic": ["my-work"],
        "of_body": [],
    }


def _weeks(place: Place, mark: str, team: Any) -> None:
    """A week with everything that a review leaves behind, something due, and something that went wrong."""
    contract, member = place.contract, place.member
    follow_up = FollowUpFactory(
        activity=ActivityFactory(contract=contract, member=member, activity_ref=f"{mark}-UNPLANNED", planned=False)
    )
    owner = person(
        Role.PRACTITIONER, contract.provider, name=f"{mark} owner", email=f"owner-{mark}@example.org".lower()
    )
    review = CaseloadReviewFactory(contract=contract, team=team, opened_by=owner)
    ReviewNote.objects.create(
        organisation=contract.provider,
        review=review,
        member=member,
        text=f"{mark} note",
        noted_by=owner,
        noted_at=NOW,
    )
    action = ReviewActionFactory(review=review, member=member, text=f"{mark} action", owner=owner)
    event = EventFactory(
        contract=contract,
        member=member,
        team=team,
        event_ref=f"{mark}-EVENT",
        category=f"{mark} category",
        description=f"{mark} words",
        safeguarding=f"{mark} {SAFEGUARDED}",
        owner=owner,
    )
    week = [contract.code, review.week.isoformat(), team.pk]
    place.arguments |= {
        "follow_up": [follow_up.pk],
        "week": week,
        "look": [*week, member.pk],
        "review_action": [action.pk],
        "event": [event.pk],
    }


def _intake(place: Place, mark: str) -> None:
    contract, member = place.contract, place.member
    referral = ReferralFactory(
        contract=contract,
        referral_ref=f"{mark}-REFERRAL",
        referred_by=f"{mark} doctor",
        given_name=f"{mark}given",
        note=f"{mark} note",
        origin="product",
    )
    ReferralFactory(contract=contract, referral_ref=f"{mark}-REFERRED-MEMBER", member=member)
    draft = DeterminationFactory(contract=contract, given_name=f"{mark}given", reference=f"{mark}-NEW")
    DeterminationFactory(contract=contract, member=member)
    answer = AnswerFactory(determination=draft, text=f"{mark} criterion", reason=f"{mark} because")
    AnswerEvidence.objects.create(
        organisation=contract.provider,
        determination=draft,
        answer=answer,
        evidence=EvidenceFactory(
            contract=contract, member=member, file_name=f"{mark}-proof.pdf", content=mark.encode()
        ),
    )
    by = signatory(contract.provider)
    common = {"organisation": contract.provider, "reason": f"{mark} reason"}
    departure = Departure.objects.create(
        **common, contract=contract, member=member, kind="discharge", last_day=date(2026, 5, 1), recorded_by=by,
        recorded_at=NOW,
    )  # fmt: skip
    twin, third = (
        MemberFactory(organisation=contract.provider, reference=f"{mark}-{name}") for name in ("TWIN", "OLD")
    )
    merge = MemberMerge.objects.create(
        **common, kept=member, merged=third, merged_by=by, merged_at=NOW,
        moved={"coverage": {"was": [], "made": []}, "levels": {"was": [], "made": []},
               "assignments": {"was": [], "made": []}, "rows": {}},
    )  # fmt: skip
    assessment = AssessmentFactory(contract=contract, member=member, assessor=f"{mark} assessor")
    place.rows["twin"] = twin
    place.arguments |= {
        "assessment": [assessment.pk],
        "referral": [referral.pk],
        "determination": [draft.pk],
        "departure": [departure.pk],
        "merge": [merge.pk],
    }


def _decisions(place: Place, mark: str) -> None:
    """A request in every state, an entry of the register, and somebody for whom nobody has asked."""
    contract, member = place.contract, place.member
    asker = person(
        Role.PRACTITIONER, contract.provider, name=f"{mark} asker", email=f"asker-{mark}@example.org".lower()
    )
    lead = person(Role.CLINICAL_LEAD, contract.provider, name=f"{mark} lead", email=f"lead-{mark}@example.org".lower())
    of_member = {"contract": contract, "member": member}
    asked = {**of_member, "requested_by": asker, "grounds": f"{mark} grounds", "requested_level": "L3"}
    assessment = AssessmentFactory(**of_member, assessor=f"{mark} assessor", recorded_by=asker)
    request = RequestFactory(**asked, number=901, assessment=assessment, current_level="L2")
    RequestFactory(**asked, number=902, kind="renewal", draft=True)
    questioned = RequestFactory(**asked, number=903, kind="step_down", status="questioned")
    question = QuestionFactory(about=questioned, text=f"{mark} question", asked_by=lead, effect="extend")
    decided = RequestFactory(**asked, number=904, kind="initial", status="decided", decided_at=NOW)
    entry = DecisionFactory(request=decided, necessity=f"{mark} necessity", decided_by=lead)
    episode = EpisodeFactory(**of_member, decided_by=f"{mark} decider", rationale=f"{mark} rationale")
    seal(contract_id=contract.pk, actor=lead, now=NOW)
    missed = MissedEscalationFactory(**of_member)
    place.rows["lead"] = lead
    place.arguments |= {
        "request": [request.pk],
        "questioned": [questioned.pk],
        "decision": [entry.pk],
        "asked_question": [question.pk],
        "episode": [episode.pk],
        "missed": [missed.pk],
        "new_request": [member.pk, contract.code, "renewal"],
    }


def _money(place: Place, mark: str) -> None:
    contract = place.contract
    preparer, approver = signatory(contract.provider), signatory(contract.commissioner)
    for month in (1, 2, 3):
        cycle = cycles.open_cycle(contract_id=contract.pk, month=date(2026, month, 1), actor=preparer, now=NOW)
        cycles.calculate(cycle_id=cycle.pk, actor=preparer, now=NOW)
        if month < 3:
            cycles.submit_for_review(cycle_id=cycle.pk, actor=preparer, now=NOW)
            cycles.approve(cycle_id=cycle.pk, actor=approver, now=NOW)
            cycles.close(cycle_id=cycle.pk, actor=approver, now=NOW)
    statement = Statement.objects.filter(contract=contract).earliest("pk")
    entry = LedgerEntry.objects.filter(contract=contract, member_id=place.member.pk).earliest("pk")
    MonthCount.objects.create(contract=contract, month=date(2000, 1, 1), counted_at=NOW, marks={}, figures={})
    place.rows["cycle"] = cycle
    place.arguments |= {
        "cycle": [contract.code, "2026-03"],
        "cycle_in_review": [contract.code, "2026-03"],
        "closed": [contract.code, "2026-01"],
        "statement": [statement.pk],
        "statement_file": [statement.pk, "json"],
        "entry": [entry.pk],
    }


def _papers(place: Place, mark: str, names: dict[str, str]) -> None:
    contract = place.contract
    system = User.objects.get(is_system=True)
    second = json.dumps(_document(contract.code, mark, 2, **names)).encode()
    draft = load(source=second, source_format="json", actor=system, now=NOW).version
    attachment = Attachment(
        version=draft, title=f"{mark} title", file_name=f"{mark}-kept.txt", sha256="0" * 64, size=9, uploaded_at=NOW
    )
    attachment.stored.save(f"{mark}.txt", ContentFile(f"{mark} protocol".encode()), save=False)
    attachment.save()
    run = FeedRun.objects.create(
        contract=contract,
        organisation=contract.provider,
        kind="roster",
        file_name=f"{mark}.csv",
        sha256="1" * 64,
        size=9,
        status="checked",
        rows_read=1,
        rows_rejected=1,
        header=["member_ref", "cohort"],
        uploaded_by=signatory(contract.provider),
        uploaded_at=NOW,
    )
    FeedReject.objects.create(
        run=run,
        row_number=2,
        column="cohort",
        value=f"{mark} cohort",
        sentence=f"{mark} is no cohort",
        row=[place.member.reference, f"{mark} cohort"],
    )
    escalation = Escalation.objects.create(
        contract=contract,
        sign="late_records",
        subject=f"{mark} subject",
        limit_text=f"{mark} limit",
        figure_text=f"{mark} figure",
        recipients=list(Role.values),
        raised_at=NOW,
        due_on=NOW.date(),
    )
    place.rows["draft"] = draft
    place.arguments |= {
        "attachment": [attachment.pk],
        "attachment_of_version": [contract.code, 2, attachment.pk],
        "draft": [contract.code, 2],
        "version": [contract.code, 1],
        "compare": [contract.code, 1, 2],
        "download": [contract.code, 1, "yaml"],
        "feed_run": [run.pk],
        "rejected": [run.pk, "csv"],
        "escalation": [escalation.pk],
    }


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _with_token(user: User) -> Client:
    """A program in the person's name. The token stands there whatever becomes of the person."""
    secret = f"bp_of_{user.pk}"
    PersonalToken.objects.create(
        user=user,
        name="matrix",
        scope="sign",
        digest=digest(secret),
        created_at=NOW,
        expires_at=LATE,
        last_used_at=LATE,  # so that using it changes no row
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def _standing(place: Place, side: str, role: str) -> Persona:
    organisation = place.rows[side]["organisation"]
    user = person(role, organisation, name=f"Asker {role}", email=f"asker-{role}-{side}@example.org")
    notice = Notice.objects.create(user=user, kind="test", sentence="Something happened", created_at=NOW)
    return Persona(f"{side} {role}", side, role, True, _signed_in(user), _with_token(user), user, notice.pk)


def _personas(place: Place) -> Iterator[Persona]:
    for side in (PROVIDER, COMMISSIONER):
        for role in Role.values:
            yield _standing(place, side, role)
    yield Persona(ANONYMOUS, PROVIDER, None, False, Client(), Client())
    gone = UserFactory(name="Gone", email="gone@example.org")
    MembershipFactory(user=gone, organisation=place.contract.provider, role=Role.FINANCE)
    client, program = _signed_in(gone), _with_token(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False, deactivated_at=NOW)
    yield Persona(DEACTIVATED, PROVIDER, None, False, client, program, gone)
    holder = MembershipFactory(
        user=UserFactory(name="Holder", email="holder@example.org"),
        organisation=place.contract.provider,
        role=Role.SUPERVISOR,
    )
    now, over = (
        DeputyFactory(membership=holder, user=UserFactory(name=name, email=f"{name}@example.org".lower()))
        for name in ("Stand-in", "Stood-in")
    )
    Deputy.objects.filter(pk=over.pk).update(ends_before=date(2020, 6, 1))
    for deputy, name, role in ((now, "deputy of a supervisor", Role.SUPERVISOR.value), (over, NO_LONGER, None)):
        notice = Notice.objects.create(user=deputy.user, kind="test", sentence="Something", created_at=NOW)
        yield Persona(
            name, PROVIDER, role, True, _signed_in(deputy.user), _with_token(deputy.user), deputy.user, notice.pk
        )


@contextmanager
def built() -> Iterator[World]:
    ours = _place("OURS", SEEN, commissioner="Ourcounty", provider="Ourcare")
    theirs = _place(THEIRS, "THEIRMEMBER", commissioner=f"{THEIRS}county", provider=f"{THEIRS}care")
    beside = _place(BESIDE, "BESIDEMEMBER", commissioner=f"{BESIDE}county", provider="Ourcare")
    # the member that is asked about is under both contracts of the provider: each commissioner knows its own
    CoverageSpanFactory(contract=beside.contract, member=ours.member)
    LevelSpanFactory(
        contract=beside.contract, member=ours.member, decided_by=f"{BESIDE} doctor", rationale=f"{BESIDE} why"
    )
    ActivityFactory(contract=beside.contract, member=ours.member, activity_ref=f"{BESIDE}-OF-OURS")
    yield World(ours, theirs, beside, list(_personas(ours)))
