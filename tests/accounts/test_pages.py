"""The pages of this stage: what they do, say and refuse."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import help as guide
from accounts import menu, search, work
from accounts.models import AccessEntry, Membership, Notice, Role, User
from accounts.operations.notices import notify
from tests.accounts.conftest import NOW, TODAY, Place, signed_in
from tests.factories.accounts import MembershipFactory, OrganisationFactory, person
from tests.factories.contracts import ContractFactory

PASSWORD = "correct horse battery staple"


def new_person(place: Place, **changes: object) -> dict[str, object]:
    wish = {
        "name": "New Person",
        "email": "new@tidewater.example",
        "role": Role.FINANCE,
        "organisation": place.organisation.pk,
        "first_day": TODAY.isoformat(),
        "reason": "joined",
    }
    return {**wish, **changes}


def test_adding_a_person_sends_them_where_to_set_a_password(ours: Place) -> None:
    answer = signed_in(ours.administrator).post("/people/add/", new_person(ours))

    added = User.objects.get(email="new@tidewater.example")
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{added.pk}/")
    (letter,) = mail.outbox
    assert letter.to == ["new@tidewater.example"]
    assert "http://testserver/sign-in/password/reset/" in letter.body


def test_a_form_with_faults_is_shown_again_with_422(ours: Place) -> None:
    wish = new_person(ours, email="no address", last_day="2001-01-01")
    answer = signed_in(ours.administrator).post("/people/add/", wish)

    assert answer.status_code == 422
    assert b"Enter a valid email address." in answer.content
    assert b"The last day cannot lie before the first day." in answer.content
    assert not User.objects.filter(name="New Person").exists()


def test_a_role_at_anothers_organisation_cannot_be_chosen(ours: Place, theirs: Place) -> None:
    answer = signed_in(ours.administrator).post("/people/add/", new_person(ours, organisation=theirs.organisation.pk))

    assert answer.status_code == 422
    assert not User.objects.filter(name="New Person").exists()


def test_a_refusal_stands_above_the_form_and_is_logged(ours: Place) -> None:
    MembershipFactory(user=ours.intake, organisation=ours.organisation, role=Role.FINANCE, ends_before=TODAY)
    other = person(Role.FINANCE, ours.organisation, name="Other")
    User.objects.filter(pk=other.pk).update(is_active=False, deactivated_at=NOW)

    answer = signed_in(ours.administrator).post("/people/add/", new_person(ours, email=other.email))

    assert answer.status_code == 409
    assert b"is deactivated. Reactivate the account first." in answer.content
    assert AccessEntry.objects.filter(verb="refused", status=409, user=ours.administrator).exists()


@pytest.mark.parametrize("page", ["", "role/", "deactivate/", "reactivate/"])
def test_people_of_another_organisation_are_not_there(ours: Place, theirs: Place, page: str) -> None:
    client = signed_in(ours.administrator)

    assert client.get(f"/people/{theirs.intake.pk}/{page}").status_code == 404
    assert client.post(f"/people/{theirs.intake.pk}/{page}", {"reason": "x"}).status_code == 404
    theirs.intake.refresh_from_db()
    assert theirs.intake.is_active


@pytest.mark.parametrize("page", ["roles/{role}/end/", "roles/{role}/deputy/"])
def test_roles_at_another_organisation_are_not_there(ours: Place, theirs: Place, page: str) -> None:
    address = f"/people/{page.format(role=theirs.intake.memberships.get().pk)}"

    assert signed_in(ours.administrator).post(address, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("page", ["/people/add/", "/people/{pk}/role/", "/people/{pk}/deactivate/"])
def test_an_auditor_reads_people_and_changes_nothing(ours: Place, page: str) -> None:
    client = signed_in(ours.auditor)

    assert client.get(f"/people/{ours.intake.pk}/").status_code == 200
    assert client.post(page.format(pk=ours.intake.pk), {"reason": "x"}).status_code == 403
    assert User.objects.get(pk=ours.intake.pk).is_active


def test_a_role_is_ended_from_the_page(ours: Place) -> None:
    held = ours.intake.memberships.get()

    answer = signed_in(ours.administrator).post(
        f"/people/roles/{held.pk}/end/", {"last_day": TODAY.isoformat(), "reason": "leaves"}, follow=True
    )

    assert b"The role ends on that day." in answer.content
    assert Membership.objects.get(pk=held.pk).ends_before == TODAY + timedelta(days=1)


def test_the_holder_names_a_deputy_from_the_profile(ours: Place) -> None:
    held = ours.intake.memberships.get()
    wish = {"deputy": ours.auditor.pk, "first_day": TODAY.isoformat(), "last_day": TODAY.isoformat(), "reason": "leave"}

    answer = signed_in(ours.intake).post(f"/people/roles/{held.pk}/deputy/", wish)

    assert (answer.status_code, answer["Location"]) == (302, "/profile/")
    assert held.deputies.get().user == ours.auditor
    assert b"Deputy for Tidewater intake, Intake" in signed_in(ours.auditor).get("/profile/").content


def test_the_menu_shows_what_a_role_may_open(ours: Place) -> None:
    administrator = signed_in(ours.administrator).get("/").content.decode()
    intake = signed_in(ours.intake).get("/").content.decode()

    assert "/people/" in administrator
    assert "/people/" not in intake


@pytest.mark.django_db
def test_the_menu_offers_the_pages_of_a_side_to_those_who_take_it() -> None:
    contract = ContractFactory()
    provider = signed_in(person(Role.FINANCE, contract.provider)).get("/").content.decode()
    commissioner = signed_in(person(Role.FINANCE, contract.commissioner)).get("/").content.decode()
    in_none_yet = signed_in(person(Role.FINANCE, OrganisationFactory())).get("/").content.decode()

    shown = [('href="/feeds/"' in page, 'href="/cycles/"' in page) for page in (provider, commissioner, in_none_yet)]
    assert shown == [(True, True), (False, True), (True, True)]


def test_the_access_log_shows_the_own_organisation_alone(ours: Place, theirs: Place) -> None:
    signed_in(theirs.intake).get("/people/")
    signed_in(ours.intake).get("/people/")

    listing = signed_in(ours.administrator).get("/access/").context["listing"]

    assert [entry.user for entry in listing.shown] == [ours.intake]


def test_the_access_log_is_for_administrators_and_auditors(ours: Place) -> None:
    assert signed_in(ours.auditor).get("/access/").status_code == 200
    assert signed_in(ours.intake).get("/access/").status_code == 403


def test_a_notice_is_told_once_and_opened_once(ours: Place) -> None:
    people = [ours.intake, ours.intake]
    (notice,) = notify(to=people, kind="cycle", sentence="March was approved.", url="/access/", now=NOW)
    client = signed_in(ours.intake)

    assert b"March was approved." in client.get("/notices/?state=unread").content
    answer = client.post(f"/notices/{notice.pk}/")

    notice.refresh_from_db()
    assert (answer["Location"], notice.read_at is not None) == ("/access/", True)
    assert b"March was approved." not in client.get("/notices/?state=unread").content


def test_nobody_opens_anothers_notice(ours: Place) -> None:
    (notice,) = notify(to=[ours.intake], kind="cycle", sentence="March was approved.", now=NOW)

    assert signed_in(ours.auditor).post(f"/notices/{notice.pk}/").status_code == 404
    signed_in(ours.auditor).post("/notices/read/")
    assert Notice.objects.get(pk=notice.pk).read_at is None


def test_a_notice_never_leads_to_another_site(ours: Place) -> None:
    (notice,) = notify(to=[ours.intake], kind="x", sentence="x", url="//evil.example/", now=NOW)

    assert signed_in(ours.intake).post(f"/notices/{notice.pk}/")["Location"] == "/notices/"


def test_my_work_lists_what_each_stage_says_the_overdue_first(ours: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting(user: User, now: object) -> list[work.WorkItem]:
        return [
            work.WorkItem("Requests", "Later", "/later/", due_at=NOW + timedelta(days=2)),
            work.WorkItem("Requests", "Overdue", "/overdue/", due_at=NOW - timedelta(days=1)),
            work.WorkItem("Files", "Rejected rows", "/rejects/", count=10),
        ]

    monkeypatch.setattr(work, "_providers", [waiting])
    answer = signed_in(ours.intake).get("/")

    groups = [(group, [item.title for item in items]) for group, items in answer.context["groups"]]
    assert groups == [("Requests", ["Overdue", "Later"]), ("Files", ["Rejected rows"])]


def test_a_search_is_answered_by_each_stage_and_logged_with_whom_it_shows(
    ours: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(user: User, text: str, limit: int) -> list[search.Hit]:
        return [search.Hit(f"Member {text}", "/members/1/", members=(1,))]

    monkeypatch.setattr(search, "_providers", {"members": search.Provider("Members", find)})
    answer = signed_in(ours.intake).get("/search/?q=M-001")

    assert b"Member M-001" in answer.content
    assert list(AccessEntry.objects.values_list("verb", "what", "members")) == [("search", "M-001", [1])]


def test_one_letter_is_too_short_to_search_and_is_not_logged(ours: Place) -> None:
    answer = signed_in(ours.intake).get("/search/?q=M")

    assert b"Type at least two characters" in answer.content
    assert not AccessEntry.objects.exists()


@pytest.mark.parametrize(("language", "day"), [("en-us", "Jan. 1, 2020"), ("en-gb", "1 Jan 2020")])
def test_dates_are_written_as_the_reader_chose(ours: Place, language: str, day: str) -> None:
    client = signed_in(ours.intake)
    client.post("/profile/", {"name": "Somebody Else", "language": language})

    answer = client.get("/profile/").content.decode()

    assert "Somebody Else" in answer
    assert day in answer


def test_signing_in_is_logged_and_leads_home(ours: Place) -> None:
    ours.intake.set_password(PASSWORD)
    ours.intake.save()

    answer = Client().post("/sign-in/login/", {"login": ours.intake.email.upper(), "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    entry = AccessEntry.objects.get()
    assert (entry.verb, entry.user, entry.organisation) == ("sign_in", ours.intake, ours.organisation)


def test_a_wrong_password_stands_in_the_log_of_the_organisation(ours: Place, theirs: Place) -> None:
    Client().post("/sign-in/login/", {"login": ours.intake.email, "password": "wrong"})
    Client().post("/sign-in/login/", {"login": "nobody@example.org", "password": "wrong"})

    log = signed_in(ours.administrator).get("/access/").context["listing"].shown
    assert [(entry.verb, entry.what) for entry in log] == [("refused", f"Wrong password for {ours.intake.email}")]
    assert not signed_in(theirs.administrator).get("/access/").context["listing"].shown


def test_wrong_passwords_lock_the_address_whatever_header_is_sent(ours: Place) -> None:
    ours.intake.set_password(PASSWORD)
    ours.intake.save()
    client = Client()

    for attempt in range(8):
        client.post(
            "/sign-in/login/",
            {"login": ours.intake.email, "password": f"wrong {attempt}"},
            headers={"X-Forwarded-For": f"10.0.0.{attempt}"},
        )
    answer = Client().post(
        "/sign-in/login/",
        {"login": ours.intake.email, "password": PASSWORD},
        headers={"X-Forwarded-For": "10.9.9.9"},
        REMOTE_ADDR="10.8.8.8",
    )

    assert answer.status_code == 429
    assert b"Sign-in is locked for now" in answer.content


def test_nobody_signs_up(db: None) -> None:
    wish = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/sign-in/signup/", wish)

    assert b"There is no sign-up" in answer.content
    assert not User.objects.exists()


def test_a_stale_form_is_explained(ours: Place) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/sign-in/login/", {"login": "a@example.org", "password": "x"})

    assert answer.status_code == 403
    assert b"This page is out of date" in answer.content


def test_every_topic_of_every_stage_has_its_text_and_every_entry_its_page(ours: Place) -> None:
    client = signed_in(ours.administrator)

    answers = {topic.slug: client.get(f"/help/{topic.slug}/").status_code for topic in guide.topics()}

    assert {slug: status for slug, status in answers.items() if status != 200} == {}
    assert all(reverse(entry.url_name) for entry in menu.entries())


def test_a_page_finds_the_topic_that_explains_it() -> None:
    assert [guide.topic_of(name).slug for name in ("accounts:person", "accounts:access")] == ["people", "access-log"]
    assert guide.topic_of("nothing:here") is None
