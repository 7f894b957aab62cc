"""What people and source systems do in the story, each by the product's own operation."""

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import User
from accounts.operations import notices, people
from accounts.queries.people import organisation, person, system_user
from authorizations.operations import assessments
from blended_pilot.demo import proofs
from blended_pilot.demo.feeds import Feed
from blended_pilot.demo.intake import Newcomer
from blended_pilot.demo.people import COMMISSIONER, DEMO_PASSWORD, DEMO_PEOPLE, DemoPerson
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.terms import ATTACHMENTS, Document, as_yaml
from contracts.imports.doors import check_stored, open_file
from contracts.models import Contract, ContractVersion
from contracts.operations import alignment, documents, feeds, signing
from contracts.operations.attachments import File
from eligibility.models import CoverageSpan, Referral
from eligibility.operations import determinations, referrals, staff
from eligibility.operations.determinations import GivenAnswer
from variance.models import Cycle
from variance.operations import cycles

FINANCE = {
    COMMISSIONER: "finance@harbor.example",
    "tidewater-care": "finance@tidewater.example",
    "marsh-lane": "finance@marshlane.example",
}
SUPERVISOR = {"tidewater-care": "supervisor@tidewater.example", "marsh-lane": "supervisor@marshlane.example"}
INTAKE = "intake@tidewater.example"
ASSESSED = 60  # members with scores
SENT_BACK = "Islands look low for a summer month. Please ask the team for records that are still on paper."


class Acts:
    """Methods take the time at which they happen; each is one transaction of its own."""

    def load(self, provider: Provider, document: Document, now: datetime) -> None:
        names = [attachment["file"] for attachment in document.get("attachments", [])]
        documents.load(
            source=as_yaml(document).encode(),
            source_format="yaml",
            attachments=[File(name, ATTACHMENTS[name]) for name in names],
            actor=system_user() if document["version"] == 1 else self._finance(provider.code),
            now=now,
        )

    def join(self, who: DemoPerson, now: datetime) -> None:
        people.add(
            actor=system_user(),
            now=now,
            email=who.email,
            name=who.name,
            role=who.role,
            organisation=organisation(who.organisation),
            starts_on=now.date(),
            password=DEMO_PASSWORD,
        )

    def name_practitioner(self, provider: Provider, reference: str, name: str, now: datetime) -> None:
        """Say who stands behind a reference of the files, and who of them signs in."""
        signs_in = next((who.email for who in DEMO_PEOPLE if who.practitioner == reference), None)
        staff.create_practitioner(
            organisation_id=organisation(provider.code).pk,
            reference=reference,
            name=name,
            user_id=person(signs_in).pk if signs_in else None,
            actor=person(SUPERVISOR[provider.code]),
            now=now,
        )

    def align(self, provider: Provider, number: int, now: datetime) -> None:
        version = self._version(provider, number)
        alignment.align(version_id=version.pk, actor=self._finance(provider.code), now=now)

    def sign(self, provider: Provider, number: int, party: str, now: datetime) -> None:
        actor = self._finance(COMMISSIONER if party == "commissioner" else provider.code)
        for reader in User.objects.filter(notices__read_at=None, notices__isnull=False).distinct():
            notices.mark_read(actor=reader, now=now)
        signing.sign(version_id=self._version(provider, number).pk, actor=actor, now=now)

    def feed(self, provider: Provider, feed: Feed, now: datetime) -> None:
        with tempfile.TemporaryDirectory(prefix="blended-pilot-demo-") as folder:
            path = Path(folder) / feed.name
            path.write_text(feed.text, encoding="utf-8")
            source = open_file(path, kind=feeds.feed_kind(feed.kind))
            feeds.send(source=source, contract_id=self._contract(provider).pk, actor=system_user(), now=now)

    def leave_waiting(self, provider: Provider, feed: Feed, now: datetime) -> None:
        """Intake uploads a file and looks at what it would change; somebody else may apply it."""
        actor = person(INTAKE)
        run, _new = feeds.upload(
            contract_id=self._contract(provider).pk,
            kind=feed.kind,
            file=ContentFile(feed.text.encode()),
            file_name=feed.name,
            mapping={},
            actor=actor,
            now=now,
        )
        check_stored(run_id=run.pk, actor=actor, now=now, progress=lambda done, total, text: None)

    def refer(self, provider: Provider, one: Newcomer, now: datetime) -> None:
        """Intake writes a referral into the log as it comes."""
        referrals.receive(
            contract_id=self._contract(provider).pk,
            received_at=now,
            referral_ref=one.reference,
            referred_by=one.referred_by,
            urgency=one.urgency,
            geography=one.geography,
            cohort=one.cohort,
            given_name=one.given_name,
            family_name=one.family_name,
            birth_date=one.birth_date,
            actor=person(INTAKE),
            now=now,
        )

    def take_in(self, one: Newcomer, now: datetime) -> None:
        """What became of it so far: answered, verified, closed, or determined with evidence."""
        actor = person(INTAKE)
        referral = Referral.objects.get(referral_ref=one.reference, recorded_by=actor)
        referrals.respond(referral_id=referral.pk, responded_at=now, actor=actor, now=now)
        if one.became == "declined":
            referrals.dispose(
                referral_id=referral.pk, disposition="declined", reason="Prefers help from family", actor=actor, now=now
            )
        if one.became in {"verified", "eligible"}:
            referrals.verify(referral_id=referral.pk, actor=person(SUPERVISOR["tidewater-care"]), now=now)
        if one.became in {"draft", "eligible", "not_eligible"}:
            self._determine(one, referral, now)

    def _determine(self, one: Newcomer, referral: Referral, now: datetime) -> None:
        actor = person(INTAKE)
        found = determinations.begin(
            contract_id=referral.contract_id,
            referral_id=referral.pk,
            person={
                "given_name": one.given_name,
                "family_name": one.family_name,
                "birth_date": one.birth_date,
                "reference": f"TW-{one.reference[3:]}",
            },
            not_a_duplicate="Another address and family doctor",
            actor=actor,
            now=now,
        )
        given = {
            code: GivenAnswer("met", files=((f"{code}.pdf", ContentFile(proofs.letter(code))),))
            for code in ("resident", "condition")
        }
        given["consent"] = GivenAnswer("met", files=(("consent.png", ContentFile(proofs.scan("consent"))),))
        given["not_acute"] = GivenAnswer("met")
        explanation = ""
        if one.became == "draft":
            del given["consent"]
        if one.became == "not_eligible":
            given["resident"] = GivenAnswer("not_met", "Moved to the next county in spring")
            explanation = "The pilot is for people who live in Harbor County. Your new county has a similar service."
        determinations.answer(
            determination_id=found.pk,
            answers=given,
            explanation=explanation,
            effective_on=now.date() + timedelta(days=1) if one.became == "eligible" else None,
            actor=actor,
            now=now,
        )
        if one.became != "draft":
            determinations.complete(determination_id=found.pk, actor=actor, now=now)

    def assess(self, provider: Provider, now: datetime) -> None:
        """Two or three scores each for some members, the latest of last week."""
        contract, actor = self._contract(provider), person("practitioner@tidewater.example")
        long_ago = now.date() - timedelta(days=150)
        covered = CoverageSpan.objects.on(now.date()).filter(contract=contract, starts_on__lte=long_ago)
        covered = covered.order_by("member__reference")
        for place, member_id in enumerate(covered.values_list("member", flat=True)[:ASSESSED]):
            first = 3 + place % 14
            for days, rise in ((110, 0), (60, place % 4), (7, (place * 5) % 9))[place % 2 :]:
                assessments.record(
                    contract_id=contract.pk,
                    member_id=member_id,
                    instrument="acuity",
                    score=first + rise,
                    flags=["self_harm_risk"] if place % 11 == 10 and days == 7 else [],
                    assessed_on=now.date() - timedelta(days=days),
                    assessor="Daniel Reyes",
                    actor=actor,
                    now=now,
                )

    def calculate(self, provider: Provider, month: date, now: datetime) -> None:
        """Open the month, unless it is open already, and calculate it."""
        actor, contract = self._finance(provider.code), self._contract(provider)
        cycle = Cycle.objects.filter(contract=contract, month=month).first()
        if cycle is None:
            cycle = cycles.open_cycle(contract_id=contract.pk, month=month, actor=actor, now=now)
        cycles.calculate(cycle_id=cycle.pk, actor=actor, now=now)

    def submit(self, provider: Provider, month: date, now: datetime) -> None:
        self._cycle_act(cycles.submit_for_review, provider, month, by=provider.code, now=now)

    def send_back(self, provider: Provider, month: date, now: datetime) -> None:
        """The commissioner's side asks for another look; the provider calculates and submits again."""
        self._cycle_act(cycles.send_back, provider, month, by=COMMISSIONER, now=now, reason=SENT_BACK)
        self.calculate(provider, month, now)
        self.submit(provider, month, now)

    def approve(self, provider: Provider, month: date, now: datetime) -> None:
        self._cycle_act(cycles.approve, provider, month, by=COMMISSIONER, now=now)

    def close(self, provider: Provider, month: date, now: datetime) -> None:
        self._cycle_act(cycles.close, provider, month, by=provider.code, now=now)

    def _cycle_act(self, act: Any, provider: Provider, month: date, *, by: str, now: datetime, **more: str) -> None:
        cycle = Cycle.objects.get(contract=self._contract(provider), month=month)
        act(cycle_id=cycle.pk, actor=self._finance(by), now=now, **more)

    def _contract(self, provider: Provider) -> Contract:
        return Contract.objects.get(code=provider.contract)

    def _version(self, provider: Provider, number: int) -> ContractVersion:
        return ContractVersion.objects.get(contract__code=provider.contract, number=number)

    def _finance(self, code: str) -> User:
        return person(FINANCE[code])
