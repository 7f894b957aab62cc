"""Papers of a decision: its record for whoever has to prove it, letters for the member, and the register."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AccessEntry, Role
from accounts.permissions import NotAllowed
from accounts.queries.people import system_user
from authorizations.exports import record_paper
from authorizations.models import Decision
from authorizations.operations.corrections import void
from authorizations.operations.decisions import decide
from authorizations.operations.lateness import watch
from authorizations.operations.papers import JOB, ask_for_paper, forget_papers
from authorizations.operations.questions import answer, ask
from authorizations.operations.seals import seal
from authorizations.queries.proofs import head
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import run
from tests.factories.authorizations import DecisionFactory, RequestFactory
from tests.factories.care import AUTHORIZATION, MONDAY, Care, approval, care, denial
from tests.pdf import standard_of, tags_of, text_of

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))
NAME = "Ann #strong[Canary]"


@pytest.fixture
def ours(ours: Care) -> Care:
    type(ours.member).objects.filter(pk=ours.member.pk).update(given_name=NAME, family_name="", reference="R-CANARY")
    ours.unplanned(*THREE)
    return ours


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def paper(user: Any, name: str, *arguments: Any) -> bytes:
    answer = signed_in(user).get(reverse(f"authorizations:{name}", args=arguments))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return answer.content


def test_the_record_holds_what_was_decided_on_what_and_what_proves_it(ours: Care) -> None:
    entry = decide(
        request_id=ours.asked().pk, verdict=approval(necessity="= Needs *daily* contact."), actor=ours.lead, now=MONDAY
    )
    seal(contract_id=ours.contract.pk, actor=ours.lead, now=MONDAY + timedelta(hours=1))

    made = paper(ours.lead, "decision_paper", entry.pk)

    said = text_of(made)
    assert "Decision 1" in said
    assert f"Member: {NAME} (R-CANARY)" in said
    assert "Clinical necessity: = Needs *daily* contact." in said
    assert "Given: L3 From: March 2, 2026" in said
    assert f"Decided by: {ours.lead.name}" in said
    assert "As sealed: the same" in said
    sealed = head(ours.contract.pk)
    assert sealed is not None
    assert f"sealed up to entry 1. Head: {sealed.digest}" in said
    assert standard_of(made) == (True, "en-US", "1")
    assert tags_of(made)["H2"] >= 3
    assert AccessEntry.objects.filter(verb="export", members=[ours.member.pk]).count() == 1


def test_nobody_is_told_that_a_clinician_judged_what_the_contract_denied(db: None) -> None:
    clocks = {**AUTHORIZATION["clocks"], "late": "deny"}
    of = care(clocks=clocks)
    of.unplanned(*THREE)
    request = of.asked()
    watch(actor=system_user(), now=request.due_at + timedelta(minutes=1))
    entry = Decision.objects.get()

    said = text_of(paper(of.lead, "decision_paper", entry.pk))
    assert "Reason: Nobody decided in time; the contract says that it is then denied" in said
    letter = text_of(paper(of.lead, "letter", entry.pk))
    assert "It was not decided in time" in letter
    assert "not found to be needed" not in letter
    page = signed_in(of.lead).get(reverse("authorizations:decision", args=[entry.pk])).content.decode()
    assert "Nobody decided in time; the contract says that it is then denied" in page
    confirmed = decide(request_id=request.pk, verdict=denial(), actor=of.lead, now=request.due_at)
    assert "Nobody decided in time" not in text_of(paper(of.lead, "decision_paper", confirmed.pk))


def test_the_other_side_reads_a_pseudonym_and_finance_no_rationale(ours: Care) -> None:
    entry = decide(request_id=ours.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)

    clinician = text_of(paper(ours.at(Role.CLINICAL_LEAD, side="commissioner"), "decision_paper", entry.pk))
    finance = text_of(paper(ours.at(Role.FINANCE), "decision_paper", entry.pk))

    assert "Canary" not in clinician
    assert "CANARY" not in clinician
    assert "Needs daily contact." in clinician
    assert "Needs daily contact." not in finance
    assert "The rationale is for the care team." in finance


def test_an_approval_tells_the_member_what_from_when_until_when_and_who(ours: Care) -> None:
    entry = decide(request_id=ours.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)

    made = paper(ours.practitioner, "letter", entry.pk)

    said = text_of(made)
    assert "Your support is approved" in said
    assert f"To: {NAME} Your reference: R-CANARY" in said
    assert "We have approved: Intensive (L3)." in said
    assert "From: March 2, 2026 Until: April 30, 2026" in said
    assert f"Decided by: {ours.lead.name}, clinical lead" in said
    assert standard_of(made) == (True, "en-US", "1")


def test_a_denial_gives_the_reason_the_criterion_and_how_to_ask_again(ours: Care) -> None:
    entry = decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)

    said = text_of(paper(ours.practitioner, "letter", entry.pk))

    assert "We have not approved: Intensive (L3)." in said
    assert "The reason: The criteria for it are not met." in said
    assert "The criterion we relied on: acuity" in said
    assert "until May 1, 2026" in said  # sixty days after 2 March
    assert "give decision number 1" in said
    assert f"Decided by: {ours.lead.name}, clinical lead" in said


def test_a_denial_of_the_evening_counts_its_days_where_the_contract_is(ours: Care) -> None:
    evening = MONDAY.replace(hour=3) + timedelta(days=1)  # 3 March in Greenwich, still 2 March in New York
    entry = decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=evening)

    assert "until May 1, 2026" in text_of(paper(ours.practitioner, "letter", entry.pk))


def test_what_is_given_otherwise_is_asked_for_anew_and_not_reconsidered(ours: Care) -> None:
    less = approval(
        level="L4", ends_before=date(2026, 3, 20), difference_reason="recent_change", difference_text="Ill."
    )
    entry = decide(request_id=ours.asked().pk, verdict=less, actor=ours.lead, now=MONDAY)

    said = text_of(paper(ours.practitioner, "letter", entry.pk))

    assert "They can ask for another level or for more support at any time." in said
    assert "look at this again, until" not in said


def test_the_record_says_what_was_known(ours: Care) -> None:
    score = ours.scored(date(2026, 3, 1), 9, level="L2")
    why = {"difference_reason": "recent_change", "difference_text": "Fell since."}
    request = ours.asked(assessment_id=score.pk, **why)
    ask(request_id=request.pk, text="Since when?", actor=ours.lead, now=MONDAY + timedelta(minutes=5))
    answer(request_id=request.pk, text="Friday.", actor=ours.practitioner, now=MONDAY + timedelta(minutes=9))
    entry = decide(request_id=request.pk, verdict=approval(), actor=ours.lead, now=MONDAY + timedelta(hours=1))

    said = text_of(paper(ours.lead, "decision_paper", entry.pk))
    page = signed_in(ours.lead).get(reverse("authorizations:decision", args=[entry.pk])).content.decode()

    for known in (
        "Calls every night.",
        "acuity 2 on March 1, 2026: 9, which suggests L2",
        "Fell since.",
        f"Asked by {ours.lead.name}",
        f"Since when? Answer of {ours.practitioner.name}: Friday.",
    ):
        assert (known in said, known in page) == (True, True), known
    assert re.search(r"Unplanned contacts: 3 contacts within [0-9]+ days; 3 needed. Met.", said)
    assert "Feb. 20, 2026: Crisis visit" in said


def test_a_lower_level_is_told_as_a_change_with_its_reason(ours: Care) -> None:
    request = ours.asked("step_down", requested_level="L1", starts_on=date(2026, 3, 20))
    given = approval(level="L1", starts_on=date(2026, 3, 20), ends_before=None)
    entry = decide(request_id=request.pk, verdict=given, actor=ours.lead, now=MONDAY)

    said = text_of(paper(ours.practitioner, "letter", entry.pk))

    assert "Your level of support changes from Enhanced (L2) to Core (L1)." in said
    assert "Why: Needs daily contact." in said


def test_an_episode_is_told_with_its_units(ours: Care) -> None:
    window = {"starts_on": date(2026, 3, 2), "ends_before": date(2026, 3, 12)}
    request = ours.asked("episode", service="stabilization_day", units=Decimal(7), **window)
    given = approval(level="", units=Decimal(7), ends_before=date(2026, 3, 12))
    entry = decide(request_id=request.pk, verdict=given, actor=ours.lead, now=MONDAY)

    assert "We have approved: Stabilization package, up to 7." in text_of(paper(ours.lead, "letter", entry.pk))


def test_a_question_that_takes_time_is_told_with_the_new_time(ours: Care) -> None:
    request = ours.asked()
    ask(request_id=request.pk, text="Who lives with them?", actor=ours.lead, now=MONDAY + timedelta(hours=1))

    question = request.questions.get()
    page = signed_in(ours.practitioner).get(reverse("authorizations:request", args=[request.pk])).content.decode()
    assert f'href="{reverse("authorizations:extension_letter", args=[question.pk])}"' in page

    said = text_of(paper(ours.practitioner, "extension_letter", question.pk))

    assert "We need more time to decide" in said
    assert "What we asked for: Who lives with them?" in said
    assert "The time before: March 9, 2026" in said


def test_letters_are_for_the_care_team_and_not_for_a_voiding(ours: Care) -> None:
    entry = decide(request_id=ours.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)
    address = reverse("authorizations:letter", args=[entry.pk])
    for user in (ours.at(Role.FINANCE), ours.at(Role.CLINICAL_LEAD, side="commissioner")):
        assert signed_in(user).get(address).status_code == 403
    later = void(entry_id=entry.pk, reason="Wrong.", actor=ours.second_lead, now=MONDAY + timedelta(days=1))

    answer = signed_in(ours.lead).get(reverse("authorizations:letter", args=[later.pk]))

    assert answer.status_code == 409


def test_the_register_as_a_file_carries_seals_and_the_head(ours: Care) -> None:
    decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)
    seal(contract_id=ours.contract.pk, actor=ours.lead, now=MONDAY + timedelta(hours=1))
    sealed = head(ours.contract.pk)
    assert sealed is not None
    address = reverse("authorizations:register")
    lead = signed_in(ours.lead)

    page = lead.get(f"{address}?contract={ours.contract.code}").content.decode()
    table = b"".join(lead.get(f"{address}?export=csv").streaming_content).decode()
    made = text_of(paper(ours.lead, "register_paper", ours.contract.code))

    assert "register/of/CARE-1/paper/" in page
    assert "Head of the register" in table.splitlines()[0]
    assert table.splitlines()[1].endswith(f",1,{sealed.digest}")
    assert "R-CANARY" in made
    assert sealed.digest in made
    assert (
        "Canary"
        not in b"".join(
            signed_in(ours.at(Role.FINANCE, side="commissioner")).get(f"{address}?export=csv").streaming_content
        ).decode()
    )


def test_the_register_asks_as_often_for_three_entries_as_for_one(
    ours: Care, django_assert_max_num_queries: Any
) -> None:
    decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)
    lead, address = signed_in(ours.lead), reverse("authorizations:register")
    lead.get(address)
    with django_assert_max_num_queries(40) as one:
        lead.get(address)
    for number in (77, 78):
        asked = RequestFactory(
            contract=ours.contract, member=ours.member, number=number, status="decided", decided_at=MONDAY
        )
        DecisionFactory(request=asked)
    with django_assert_max_num_queries(len(one)):
        lead.get(address)
    assert Decision.objects.count() == 3


def test_a_second_lead_supersedes_on_the_page_and_the_first_is_told_why_not(ours: Care) -> None:
    entry = decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)
    page = reverse("authorizations:decision", args=[entry.pk])

    assert "a second clinical lead corrects it" in signed_in(ours.lead).get(page).content.decode()
    asked = signed_in(ours.second_lead).get(reverse("authorizations:supersede", args=[entry.pk])).content.decode()
    assert "The entry as it is" in asked
    assert "Stable." in asked  # why it was denied
    answer = signed_in(ours.second_lead).post(
        reverse("authorizations:supersede", args=[entry.pk]),
        {
            "verdict": "approve", "starts_on": "2026-03-02", "last_day": "2026-04-30", "necessity": "Needs it.",
            "risk": "Falls.", "criteria": "acuity", "reason": "Wrong file.",
        },
    )  # fmt: skip

    assert answer.status_code == 302
    wrong = signed_in(ours.lead).get(page).content.decode()
    assert "This entry no longer stands" in wrong
    assert "Letter to the member" not in wrong
    assert "Letter to the member" in signed_in(ours.lead).get(answer["Location"]).content.decode()


def test_a_long_register_is_made_meanwhile_for_whoever_asked(
    ours: Care, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    decide(request_id=ours.asked().pk, verdict=denial(), actor=ours.lead, now=MONDAY)
    monkeypatch.setattr(record_paper, "AT_ONCE", 0)
    lead, address = signed_in(ours.lead), reverse("authorizations:register_paper", args=[ours.contract.code])
    page = lead.get(f"{address}?outcome=denied").content.decode()
    assert "1 entries of CARE-1 are too many to wait for." in page
    none, some = (lead.post(f"{address}?outcome={outcome}") for outcome in ("approved", "denied"))
    assert (none.status_code, some.status_code) == (302, 302)
    empty, asked = Job.objects.filter(kind=JOB).order_by("pk")
    fetched = reverse("authorizations:register_file", args=[asked.key])
    assert lead.get(fetched).status_code == 404  # not made yet

    with override_settings(MEDIA_ROOT=tmp_path):
        for job in (empty, asked):
            done = run(job_id=job.pk, clock=lambda: datetime.now(UTC))
            assert done is not None
            assert (done.status, done.result["entries"]) == ("done", int(job == asked))
        assert asked.url == fetched
        answer = lead.get(fetched)
        made = text_of(b"".join(answer.streaming_content))
        assert answer["Content-Disposition"] == 'attachment; filename="register-CARE-1.pdf"'
        assert "R-CANARY" in made
        entry = AccessEntry.objects.latest("pk")
        assert (entry.verb, entry.what, entry.members) == (
            "export",
            "Register of CARE-1, 1 entries, pdf",
            [ours.member.pk],
        )
        assert signed_in(ours.second_lead).get(fetched).status_code == 404  # made for another reader

        assert forget_papers(now=datetime.now(UTC) + timedelta(days=6)) == 0
        assert forget_papers(now=datetime.now(UTC) + timedelta(days=8)) == 2
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    gone = lead.get(fetched)
    assert gone.status_code == 409
    assert "This paper was made more than a week ago and is gone." in gone.content.decode()


def test_whoever_may_no_longer_export_gets_no_paper(ours: Care) -> None:
    job = ask_for_paper(contract_id=ours.contract.pk, query="", actor=ours.lead, now=MONDAY)
    ours.lead.memberships.update(ends_before=date(2026, 3, 3))
    done = run(job_id=job.pk, clock=lambda: datetime.now(UTC))
    assert done is not None
    assert (done.status, done.result) == ("failed", {})
    with pytest.raises(NotAllowed):
        ask_for_paper(contract_id=ours.contract.pk, query="", actor=ours.at(Role.ADMINISTRATOR), now=MONDAY)
