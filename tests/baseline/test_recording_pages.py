"""The pages of recording, verification and what is included."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEntry, Role, User
from accounts.work import waiting
from baseline.models import Activity, BoundaryReading, VerificationBatch
from baseline.operations import verification
from baseline.queries.people import next_after
from blended_pilot.jobs.models import Job
from eligibility.models import CoverageSpan, LevelSpan, Member
from tests.baseline.pilot import NOON, PACKAGE, SERVICES, TODAY, VISIT, Pilot, terms
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import document, signatory, signed_contract

OK, FOUND, CONFLICT, UNPROCESSABLE = 200, 302, 409, 422


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        return client

    return sign_in


@pytest.fixture
def carer(here: Pilot, client_of: Any) -> Client:
    return client_of(here.carer)


@pytest.fixture
def supervisor_client(here: Pilot, client_of: Any) -> Client:
    return client_of(here.supervisor)


def address(here: Pilot, service: str = "outreach", **query: Any) -> str:
    values = "&".join(f"{name}={value}" for name, value in {"service": service, **query}.items())
    return f"{reverse('baseline:record', args=[here.member.pk])}?{values}"


def filled(**given: Any) -> dict[str, Any]:
    return {
        "submission": str(uuid4()),
        "happened": "delivered",
        "planned": "yes",
        "occurred_on": TODAY.isoformat(),
        **given,
    }


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_member_is_recorded_for_in_two_steps(here: Pilot, carer: Client) -> None:
    choice = text(carer.get(reverse("baseline:record", args=[here.member.pk])))
    assert "expected 2 a month" in choice
    assert "needs an authorisation" in choice
    assert "2 criteria" in choice
    LevelSpan.objects.filter(member=here.member).update(level="L3")
    at_l3 = text(carer.get(reverse("baseline:record", args=[here.member.pk])))
    assert "in the package at this level, expected 1 a month" in at_l3
    LevelSpan.objects.filter(member=here.member).update(level="L2")

    form = carer.get(address(here))
    assert "Baseline, expected 2 this month, this is the 1st." in text(form)
    answer = carer.post(address(here), filled(minutes="20", f_mood="low"), follow=True)

    one = Activity.objects.get()
    assert (one.practitioner, one.minutes, one.details) == ("cleo", 20, {"mood": "low"})
    assert "this is the 1st" in text(answer)


def test_what_is_missing_is_said_at_the_field_and_what_is_refused_above_the_form(here: Pilot, carer: Client) -> None:
    missing = carer.post(address(here), filled(occurred_on=""))
    refused = carer.post(address(here, "visit"), filled(units="1"))

    assert (missing.status_code, refused.status_code) == (UNPROCESSABLE, CONFLICT)
    assert "Answer each criterion: met or not met." in text(refused)
    assert "Seen the same day" in text(refused)
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"c_acute": "met", "c_same_day": "not_met"}, "a criterion of the episode is answered as not met"),
        ({"happened": "no_answer"}, "nothing was delivered"),
        ({"occurred_on": (TODAY - timedelta(days=30)).isoformat()}, "last day for records of that date"),
        ({"units": "4"}, "Will be paid for 3 only: the contract pays at most 3 within 30 days"),
        ({"c_acute": "met", "c_same_day": "met"}, "will be paid once somebody else has verified it"),
    ],
)
def test_the_form_says_at_once_how_the_record_will_count(
    given: dict[str, str], sentence: str, here: Pilot, carer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)

    told = carer.post(
        reverse("baseline:forecast", args=[here.member.pk]),
        {"service": "visit", "units": "1", **filled(**given)},
    )

    assert sentence in text(told)
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("2026-03-11", "March 11, 2026 has not come yet."), ("2025-12-31", "do not know the service")],
)
def test_a_day_that_cannot_be_recorded_for_is_said_beforehand(
    day: str, sentence: str, here: Pilot, carer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    where = reverse("baseline:forecast", args=[here.member.pk])

    told = text(carer.post(where, {"service": "outreach", **filled(occurred_on=day)}))

    assert sentence in told
    assert "Baseline" not in told


@pytest.mark.parametrize("happened", ["no_answer", "did_not_attend"])
def test_an_attempt_is_recorded_whatever_the_template_asks_for(happened: str, here: Pilot, carer: Client) -> None:
    given = filled(happened=happened, f_outcome="", f_next_step="", f_mood="")

    answer = carer.post(address(here), given)

    assert answer.status_code == FOUND
    one = Activity.objects.get()
    assert (one.attempted, one.outcome, one.details) == (True, happened, {})
    assert "Both count as delivered" not in text(carer.get(reverse("baseline:activity", args=[here.record().pk])))
    assert "Both count as delivered" in text(carer.get(reverse("baseline:activity", args=[here.record().pk])))


def test_what_came_of_an_attempt_is_not_dropped_in_silence(here: Pilot, carer: Client) -> None:
    answer = carer.post(address(here), filled(happened="no_answer", f_outcome="Left a card"))

    assert answer.status_code == UNPROCESSABLE
    assert "Nothing was delivered, so nothing came of it." in text(answer)
    assert 'value="Left a card"' in text(answer)
    assert not Activity.objects.exists()


def test_an_earlier_day_is_recorded_by_the_terms_of_that_day(
    here: Pilot, carer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    outreach, _plan, visit, *rest = deepcopy(SERVICES)
    outreach["template"] = ["purpose", "consent"]
    visit["criteria"] = [{"code": "called", "text": "Called by the family"}]
    later = terms(services=[outreach, visit, *rest], baseline={**document()["baseline"], "package": PACKAGE[:1]})
    signed_contract(code="PILOT", version=2, in_force_from="2026-03-01", **later)
    earlier = {"occurred_on": "2026-02-25"}

    assert carer.post(address(here), filled(f_consent="", **earlier)).status_code == FOUND
    asked = carer.post(address(here, "visit"), filled(units="1", c_called="met", **earlier))
    assert asked.status_code == CONFLICT
    assert 'name="c_same_day"' in text(asked)
    answered = filled(units="1", c_acute="met", c_same_day="met", **earlier)
    assert carer.post(address(here, "visit"), answered).status_code == FOUND

    choice = text(carer.get(reverse("baseline:record", args=[here.member.pk])))
    assert "Care planning" in choice.partition("No longer in the contract")[2]
    assert "do not know the service" in text(carer.get(address(here, "plan")))
    assert carer.post(address(here, "plan"), filled(**earlier)).status_code == FOUND


def test_save_and_next_goes_through_the_caseload(here: Pilot, carer: Client) -> None:
    second = here.another_member()
    assert next_after(here.carer, here.member.pk, timezone.localdate()) == second

    answer = carer.post(address(here), filled(then="next", minutes="15", f_outcome="All well"))
    assert answer.status_code == FOUND
    following = text(carer.get(answer["Location"]))

    assert answer["Location"].startswith(reverse("baseline:record", args=[second.pk]))
    assert 'value="15"' in following
    assert "All well" not in following


def test_the_caseload_counts_contacts_and_opens_them(
    here: Pilot, carer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    for given in ({"occurred_on": TODAY - timedelta(days=3)}, {"service": "bed"}, {"attempted": True}):
        here.record(**given)

    page = text(carer.get(reverse("baseline:caseload")))

    assert "March 7, 2026" in page
    opened = re.search(r'href="([^"]*contact=yes[^"]*)">1</a>', page)
    assert opened
    assert "1 row" in text(carer.get(unescape(opened[1])))


def test_whatever_page_says_whose_work_was_recorded_the_log_knows_and_no_cookie_holds_the_name(
    here: Pilot, carer: Client
) -> None:
    carer.post(address(here), filled(minutes="20", f_mood="low"))
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    home = carer.get("/")

    assert f"{here.member.given_name} {here.member.family_name}: recorded." in text(home)
    [entry] = AccessEntry.objects.exclude(pk__in=before)
    assert (entry.verb, entry.path, entry.members) == ("view", "/", [here.member.pk])
    assert not [value for value in carer.cookies.values() if here.member.family_name in value.OutputString()]


def test_the_same_form_from_two_tabs_records_once(here: Pilot, carer: Client) -> None:
    form = filled()

    first, second = (carer.post(address(here), form) for _ in range(2))

    assert (first.status_code, second.status_code, first["Location"]) == (FOUND, FOUND, second["Location"])
    assert Activity.objects.count() == 1
    assert carer.post(address(here), {**form, "minutes": "5"}).status_code == CONFLICT


def test_a_group_session_is_chosen_and_recorded(here: Pilot, carer: Client) -> None:
    second = here.another_member()
    where = reverse("baseline:group")
    chosen = {"service": "outreach", "members": [here.member.pk, second.pk]}
    choice = text(carer.get(where))
    assert "Crisis visit" not in choice
    assert choice.index(second.family_name) < choice.index("Mia Member")  # by name
    Member.objects.filter(pk=second.pk).update(given_name="Mia", family_name="Member")
    assert f"Mia Member ({second.reference})" in text(carer.get(where))
    assert "for 2 members" in text(carer.get(where, chosen))

    answer = carer.post(where, {**chosen, **filled()}, follow=True)

    assert "recorded for each. Baseline, expected 2 this month, this is the 1st." in text(answer)
    assert Activity.objects.values("group_session").distinct().count() == 1


def test_a_group_session_says_of_whom_it_counts_otherwise(here: Pilot, carer: Client) -> None:
    second, third = here.another_member(), here.another_member()
    CoverageSpan.objects.filter(member=second).update(starts_on=TODAY + timedelta(days=1))
    chosen = {"service": "outreach", "members": [here.member.pk, second.pk, third.pk]}

    answer = text(carer.post(reverse("baseline:group"), {**chosen, **filled()}, follow=True))

    assert f"Mia Member, {third.given_name} {third.family_name}: recorded for each. Baseline, expected 2" in answer
    assert f"{second.given_name} {second.family_name}: recorded. Baseline, but the member is not covered" in answer


def test_a_baseline_record_is_offered_baseline_services_only(here: Pilot, carer: Client) -> None:
    baseline = text(carer.get(reverse("baseline:correct", args=[here.record().pk])))
    episodic = text(carer.get(reverse("baseline:correct", args=[here.record(VISIT).pk])))

    assert ("?service=plan" in baseline, "?service=visit" in baseline) == (True, False)
    assert "record the episode by itself" in baseline
    assert ("?service=plan" in episodic, "?service=package" in episodic) == (True, True)
    assert "As it stands now:" in episodic


def test_a_correction_says_why_and_a_reversal_too(here: Pilot, carer: Client) -> None:
    one = here.record(VISIT)
    where = reverse("baseline:correct", args=[one.pk])
    given = {**filled(units="1", c_acute="met", c_same_day="met", minutes="30"), "service": "visit"}
    assert carer.post(where, given).status_code == UNPROCESSABLE
    assert carer.post(where, {**given, "reason": "Forgot the minutes"}).status_code == FOUND
    one.refresh_from_db()
    assert one.minutes == 30
    assert "Forgot the minutes" in text(carer.get(reverse("baseline:activity", args=[one.pk])))

    answer = carer.post(reverse("baseline:reverse", args=[one.pk]), {"reason": "Another person"}, follow=True)
    assert "Neither of the two is paid" in text(answer)
    assert carer.post(reverse("baseline:reverse", args=[one.pk]), {"reason": "Again"}).status_code == CONFLICT


def test_baseline_is_refused_as_an_episode_on_the_page_too(here: Pilot, carer: Client) -> None:
    one = here.record()
    given = {**filled(units="1", c_acute="met", c_same_day="met"), "service": "visit", "reason": "It was a visit"}

    answer = carer.post(reverse("baseline:correct", args=[one.pk]), given)

    assert answer.status_code == CONFLICT
    assert "cannot become an episode" in text(answer)


def test_verification_leads_from_one_record_to_the_next(here: Pilot, supervisor_client: Client) -> None:
    first, second = here.record(VISIT), here.record(VISIT, place="Ward")
    listed = text(supervisor_client.get(reverse("baseline:verification")))
    assert "2 of 2 met" in listed
    assert "Draw a sample of 2 records" in listed

    answer = supervisor_client.post(reverse("baseline:verify", args=[first.pk]))
    assert answer["Location"] == reverse("baseline:verify", args=[second.pk])
    back = supervisor_client.post(reverse("baseline:reject", args=[second.pk]), {"reason": "Which ward?"})
    assert back["Location"] == reverse("baseline:verification")

    first.refresh_from_db()
    assert first.verifier == here.supervisor
    [item] = [item for item in waiting(here.carer, NOON) if "sent back" in str(item.title)]
    assert item.url == reverse("baseline:activity", args=[second.pk])


def test_nobody_is_offered_to_verify_their_own_work(here: Pilot, supervisor_client: Client) -> None:
    own, other = here.record(VISIT, actor=here.supervisor), here.record(VISIT, place="Ward")
    addresses = {one.pk: reverse("baseline:verify", args=[one.pk]) for one in (own, other)}

    for one in (own, other):
        page = text(supervisor_client.get(reverse("baseline:activity", args=[one.pk])))
        assert (addresses[one.pk] in page) == (one == other)
    page = text(supervisor_client.get(addresses[own.pk]))
    assert "Somebody else has to verify it." in page
    assert reverse("baseline:reject", args=[own.pk]) not in page


def test_work_that_nothing_was_authorised_for_leads_to_asking(here: Pilot, carer: Client, client_of: Any) -> None:
    one = here.record(VISIT, service="package", criteria_met=())
    where = reverse("baseline:activity", args=[one.pk])
    asking = reverse("authorizations:new", args=[here.member.pk, here.contract.code, "episode"])

    assert asking in text(carer.get(where))
    assert asking not in text(client_of(signatory(here.contract.provider)).get(where))
    assert asking not in text(carer.get(reverse("baseline:activity", args=[here.record(VISIT).pk])))


def test_a_list_is_drawn_looked_at_and_confirmed(here: Pilot, supervisor_client: Client) -> None:
    for _ in range(12):
        ActivityFactory(contract=here.contract, member=here.member, service="visit", occurred_on=TODAY)
    drawn = supervisor_client.post(
        f"{reverse('baseline:draw_sample')}?service=visit&answers=open&first_day={TODAY.isoformat()}"
    )
    batch = VerificationBatch.objects.get()
    assert drawn["Location"] == reverse("baseline:verification_batch", args=[batch.pk])
    shown = text(supervisor_client.get(drawn["Location"]))
    assert f"10 records, drawn with seed {batch.seed}" in shown
    assert shown.count('aria-labelledby="sample-') == 10
    assert "<dd>Crisis visit</dd>" in shown
    assert "<dd>Not answered</dd>" in shown
    assert "<dd>from <time" in shown

    confirmed = supervisor_client.post(reverse("baseline:confirm_batch", args=[batch.pk]))

    assert confirmed["Location"] == drawn["Location"]
    assert Job.objects.filter(kind=verification.JOB).count() == 1
    again = supervisor_client.post(reverse("baseline:confirm_batch", args=[batch.pk]))
    assert again.status_code == CONFLICT


def test_what_is_included_is_read_and_confirmed_once(here: Pilot, carer: Client, supervisor_client: Client) -> None:
    page = carer.get(reverse("baseline:included", args=[here.contract.code]), follow=True)
    words = text(page)
    assert "2 a month" in words
    assert "Acutely worse" in words
    package = words[words.index("Package at L3") :][:900]
    assert "Crisis visit" in package.partition("</table>")[0]
    assert "185.00" not in words
    assert any("confirm it" in str(item.title) for item in waiting(here.carer, NOON))
    unread = reverse("baseline:readers", args=[here.contract.code, 1])
    assert "Cleo Carer" in text(supervisor_client.get(unread, {"read": "no"}))

    for _ in range(2):
        carer.post(reverse("baseline:confirm_read", args=[here.contract.code, 1]))

    assert BoundaryReading.objects.filter(user=here.carer).count() == 1
    everybody = text(supervisor_client.get(unread))
    assert everybody.index("Sam Super") < everybody.index("Cleo Carer")  # who has not read it comes first
    assert "Cleo Carer" not in text(supervisor_client.get(unread, {"read": "no"}))
    assert not any("confirm it" in str(item.title) for item in waiting(here.carer, NOON))


def test_what_is_included_is_found_from_the_menu(here: Pilot, carer: Client, client_of: Any) -> None:
    where = reverse("baseline:included_first")
    other = signed_contract(code="SECOND")

    assert f'href="{where}"' in text(carer.get("/"))
    assert carer.get(where)["Location"] == reverse("baseline:included", args=[here.contract.code])
    page = text(client_of(signatory(here.contract.commissioner)).get(where, follow=True))
    assert f"{here.contract.code}, version 1" in page
    assert reverse("baseline:included", args=[other.code]) in page


@pytest.mark.parametrize(
    ("service", "with_member", "told"),
    [
        ("outreach", True, "Baseline, expected 2 this month"),
        ("outreach", False, "baseline.package[0].expected"),
        ("package", True, "none in force on that day"),
        ("visit", True, "services[2].criteria"),
    ],
)
def test_the_question_is_answered_with_its_clause(
    service: str, with_member: bool, told: str, here: Pilot, carer: Client
) -> None:
    query = {"service": service, "on": TODAY.isoformat(), "member": here.member.reference if with_member else ""}

    answer = text(carer.get(reverse("baseline:ask", args=[here.contract.code]), query))

    assert told in answer
    assert "version 1" in answer


def test_the_answer_names_the_clause_of_what_stands_against_paying(
    here: Pilot, carer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    query = {"service": "visit", "on": TODAY.isoformat(), "member": here.member.reference}
    here.record(VISIT, units=Decimal(3))
    where = reverse("baseline:ask", args=[here.contract.code])

    assert "services[2].maximum</code>" in text(carer.get(where, query))
    assert "<code>term</code>" in text(carer.get(where, {**query, "on": "2031-01-01"}))


def test_a_price_is_told_to_those_who_may_see_money(here: Pilot, client_of: Any) -> None:
    query = {"service": "visit", "on": TODAY.isoformat(), "member": here.member.pseudonym}
    for role, sees in ((Role.FINANCE, True), (Role.PRACTITIONER, False)):
        client = client_of(here.colleague(role))
        answer = text(client.get(reverse("baseline:ask", args=[here.contract.code]), query))
        assert ("185.00" in answer) is sees, role


def test_whoever_records_is_logged_as_having_seen_the_member(here: Pilot, carer: Client) -> None:
    carer.get(address(here))

    assert AccessEntry.objects.filter(user=here.carer, members__contains=[here.member.pk]).exists()


def test_narrative_is_for_the_care_team(here: Pilot, client_of: Any) -> None:
    one = here.record(details={"purpose": "Feels very low"}, present=("family",))
    for role, reads in ((Role.PRACTITIONER, True), (Role.FINANCE, False), (Role.QUALITY, False)):
        page = text(client_of(here.colleague(role)).get(reverse("baseline:activity", args=[one.pk])))
        assert ("Feels very low" in page) is reads, role


@pytest.mark.parametrize("where", ["caseload", "verification"])
def test_long_lists_ask_as_often_as_short_ones(where: str, here: Pilot, client_of: Any) -> None:
    client = client_of(here.carer if where == "caseload" else here.supervisor)
    counts = []
    for _ in range(2):
        here.record(VISIT, place=str(len(counts)))
        client.get(reverse(f"baseline:{where}"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(f"baseline:{where}"))
        counts.append(len(asked))
        for _ in range(8):
            here.record(VISIT, member=here.another_member())
    assert counts[0] == counts[1]
