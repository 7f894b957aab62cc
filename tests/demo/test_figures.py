"""Caseload and monthly figures on the demo's data: pages and files, for every team and week and every month, against
SQL written by hand that reads the tables alone (by_hand.sql)."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings

from accounts.models import User
from baseline.models import FollowUp
from blended_pilot.demo import loading
from blended_pilot.demo.story import Story
from contracts.models import Contract

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
STORY = Story(today=loading.today(NOW), members=60, months=5)
MONTHS = [STORY.month(number) for number in range(STORY.months + 1)]
BY_HAND = (Path(__file__).parent / "by_hand.sql").read_text()
READERS = {"HARBOR": "quality@tidewater.example", "MARSH-LANE": "supervisor@marshlane.example"}
CARDS = ("Members", "Contacts a member", "Full package", "Follow-ups late", "Unplanned contacts", "Stand out")
IN_TIME = "starts = %(starts)s AND before = %(before)s"
OF_TEAM = f"{IN_TIME} AND team_id = %(team)s"
GROUP = """
    count(*), sum(contacts), round(sum(contacts) / count(*), 2), round(sum(minutes)::numeric / count(*), 1),
    sum(unplanned),
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY day - planned_on)::text, '–'),
    coalesce(round(100.0 * count(*) FILTER (WHERE served) / nullif(count(*) FILTER (WHERE with_package),
    0), 1) || '%%', '–'), sum(due), sum(late), count(*) FILTER (WHERE stands_out) FROM hand_member"""
BY_LEVEL = f"SELECT coalesce(level, 'none'), {GROUP} WHERE {OF_TEAM} GROUP BY level ORDER BY level"
BY_PERSON = f"""
    SELECT coalesce(p.name, 'Nobody'), {GROUP} LEFT JOIN eligibility_practitioner p ON p.id = practitioner_id
     WHERE {OF_TEAM} GROUP BY p.name"""
LEVELS_OF_PERSON = f"""
    SELECT coalesce(p.name, 'Nobody'), coalesce(level, 'none'), count(*)
      FROM hand_member LEFT JOIN eligibility_practitioner p ON p.id = practitioner_id
     WHERE {OF_TEAM} GROUP BY 1, 2"""
SERVICES_OF_PERSON = f"""
    SELECT coalesce(p.name, 'Nobody'), {{name}}, sum(s.delivered) || ' of ' || round(sum(s.expected), 1)
      FROM hand_service s JOIN hand_member m USING (starts, before, member_id)
      LEFT JOIN eligibility_practitioner p ON p.id = m.practitioner_id
     WHERE {IN_TIME} AND m.team_id = %(team)s GROUP BY 1, 2"""
SERVICE_NAME = """(SELECT s ->> 'name' FROM hand_version, jsonb_array_elements(terms -> 'services') s
    WHERE s ->> 'code' = service LIMIT 1)"""
BY_SERVICE = f"""
    SELECT {SERVICE_NAME}, count(*), round(sum(expected), 1), sum(delivered),
           round(100 * sum(delivered) / sum(expected), 1) || '%%',
           count(*) FILTER (WHERE delivered < floor(expected))
      FROM hand_service WHERE {IN_TIME} AND coalesce(team_id, 0) = %(team)s GROUP BY service ORDER BY service"""
EACH_MEMBER = """
    SELECT reference, level, (SELECT name FROM eligibility_practitioner WHERE id = practitioner_id), contacts, minutes,
           unplanned, planned_on, coalesce(expected, 0), coalesce(delivered, 0), missing, due, late
      FROM hand_member WHERE {} ORDER BY reference"""
EPISODIC = """
    SELECT a.activity_ref FROM baseline_activity a
      JOIN hand_day d ON d.day = a.occurred_on JOIN hand_version v USING (number)
      JOIN jsonb_array_elements(v.terms -> 'services') s ON s ->> 'code' = a.service
      LEFT JOIN eligibility_assignment l ON l.member_id = a.member_id AND l.kind = 'lead'
        AND l.starts_on <= a.occurred_on AND coalesce(l.ends_before, 'infinity') > a.occurred_on
     WHERE a.contract_id = %(contract)s AND s ->> 'kind' = 'episodic' AND coalesce(s ->> 'paid', 'true') = 'true'
       AND a.occurred_on >= %(starts)s AND a.occurred_on < %(before)s AND coalesce(l.team_id, 0) = %(team)s
     ORDER BY a.occurred_on, a.id"""
MONTH = f"""
    SELECT count(*) AS members, sum(contacts) AS contacts, sum(contacts - episodic) AS baseline,
           sum(episodic) AS episodic, sum(minutes) AS minutes, sum(timed) AS timed,
           count(*) FILTER (WHERE contacts > 0) AS reached, count(*) FILTER (WHERE with_package) AS with_package,
           count(*) FILTER (WHERE served) AS served,
           (SELECT sum(amount) FROM variance_ledgerentry WHERE contract_id = %(contract)s AND component = 'baseline'
                AND service_month = %(starts)s) AS posted,
           (SELECT count(*) FROM hand_contact c WHERE occurred_on >= %(starts)s AND occurred_on < %(before)s
                AND NOT EXISTS (SELECT FROM hand_care h WHERE h.member_id = c.member_id AND h.day = c.occurred_on))
           AS uncovered
      FROM hand_member WHERE {IN_TIME}"""
CONTACTS = "SELECT count(*) FROM hand_contact WHERE occurred_on >= %(starts)s AND occurred_on < %(before)s"
AT_LEVEL = """
    SELECT to_char(h.day, 'YYYY-MM'), h.level, count(DISTINCT h.member_id),
           round(sum(1.0 / extract(day FROM date_trunc('month', h.day) + interval '1 month - 1 day')), 6),
           sum((SELECT count(*) FROM hand_contact c
                 WHERE c.member_id = h.member_id AND c.occurred_on = h.day AND c.kind = 'baseline'))
      FROM hand_care h
     WHERE h.day >= %(term)s AND h.day < %(before)s GROUP BY 1, 2 ORDER BY 1, 2"""
ROSE = """
    SELECT count(*) FILTER (WHERE served AND rose), count(*) FILTER (WHERE served),
           count(*) FILTER (WHERE NOT served AND rose), count(*) FILTER (WHERE NOT served)
      FROM (SELECT served, EXISTS (SELECT FROM eligibility_levelspan l, rank new, rank old
                    WHERE l.member_id = m.member_id AND l.contract_id = %(contract)s AND l.starts_on >= m.before
                      AND l.starts_on < m.starts + interval '4 months'
                      AND new.code = l.level AND old.code = m.level AND new.rank > old.rank) AS rose
              FROM hand_member m WHERE starts = %(starts)s - interval '3 months'
               AND before = (starts + interval '1 month')::date AND with_package) AS judged"""
RANKS = """WITH rank AS (SELECT DISTINCT level ->> 'code' AS code, (level ->> 'rank')::int AS rank
    FROM hand_version, jsonb_array_elements(terms -> 'levels') AS level) """


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The demo, loaded once for this file and rolled back behind it."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    loaded = transaction.atomic()
    loaded._from_testcase = True  # type: ignore[attr-defined]  # jobs insist on a transaction of their own
    with django_db_blocker.unblock(), media, loaded:
        loading.load(story=STORY, now=NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module", params=sorted(READERS))
def contract(demo: None, request: pytest.FixtureRequest) -> Iterator[Contract]:
    with transaction.atomic():
        found = Contract.objects.get(code=request.param)
        last = STORY.month(STORY.months + 1) - timedelta(days=1)
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"contract": found.pk, "first": STORY.term_starts_on, "last": last})
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def reader(contract: Contract) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=READERS[contract.code]), backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def by_hand(query: str, **values: Any) -> list[list[str]]:
    """Rows as a page or file writes them."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [["" if cell is None else str(cell) for cell in row] for row in cursor.fetchall()]


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def exported(client: Client, address: str) -> list[list[str]]:
    """The lines of the list's CSV file, without its header."""
    answer = client.get(f"{address}{'&' if '?' in address else '?'}export=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))[1:]


def plain(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).replace(",", "").split())


def table(page: str, section: str, number: int = 1) -> list[list[str]]:
    """The cells of a table in a section of the page; none where it has no table."""
    _before, found, rest = page.partition(f'id="{section}"')
    assert found, section
    bodies = rest[: rest.index("</section>")].split("<tbody>")
    body = bodies[number].partition("</tbody>")[0] if len(bodies) > number else ""
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)] for row in rows]


def figures(page: str) -> dict[str, str]:
    """The cards with one figure each, by what stands over them."""
    found = re.findall(r'<h2 class="subheader mb-1">(.*?)</h2><p class="h1[^"]*">(.*?)</p>', page, re.DOTALL)
    return {plain(label): plain(value) for label, value in found}


def weeks_of_teams(contract: Contract) -> Iterator[tuple[date, int]]:
    found = by_hand("SELECT id FROM eligibility_team WHERE organisation_id = %(of)s", of=contract.provider_id)
    teams = [int(team) for [team] in found]
    monday = STORY.term_starts_on - timedelta(days=STORY.term_starts_on.weekday())
    while monday <= STORY.today:
        for team in (0, *teams):
            yield monday, team
        monday += timedelta(days=7)


def test_every_week_of_every_team(contract: Contract, reader: Client) -> None:
    seen = 0
    for monday, team in weeks_of_teams(contract):
        at = {"contract": contract.pk, "team": team, "starts": monday, "before": monday + timedelta(days=7)}
        members = by_hand(EACH_MEMBER.format(OF_TEAM), **at)
        address = f"/activity/weeks/{contract.code}/{monday}/{team}/"
        page, where = read(reader, address), (monday, team)

        assert table(page, "w-levels") == by_hand(BY_LEVEL, **at), where
        assert table(page, "w-people") == sorted(by_hand(BY_PERSON, **at)), where
        assert table(page, "w-people", 2) == each_person(at), where
        assert table(page, "w-services") == by_hand(BY_SERVICE, **at), where
        assert [row[0] for row in table(page, "w-records")] == [row[0] for row in by_hand(EPISODIC, **at)], where
        assert exported(reader, f"{address}members/") == members, where
        if members:
            [[count, _contacts, each, _minutes, unplanned, days, served, _due, late, standing]] = by_hand(
                f"SELECT {GROUP} WHERE {OF_TEAM}", **at
            )
            told = figures(page)
            assert (told["Days since a planned contact"], told["Actions overdue"]) == (days, overdue_actions(at)), where
            assert [told[label] for label in CARDS] == [count, each, served, late, unplanned, standing], where
            assert len(table(page, "w-standing")) == int(standing), where
            seen += 1
    assert seen >= (40 if contract.code == "HARBOR" else 20)


def each_person(at: dict[str, Any]) -> list[list[str]]:
    """Members by level, and delivered of expected by service, of each practitioner."""
    levels = [row[0] for row in by_hand(BY_LEVEL, **at)]
    services = [row[0] for row in by_hand(BY_SERVICE, **at)]
    members = {(name, level): number for name, level, number in by_hand(LEVELS_OF_PERSON, **at)}
    given = {(name, service): told for name, service, told in by_hand(
        SERVICES_OF_PERSON.format(name=SERVICE_NAME), **at)}  # fmt: skip
    people = sorted({name for name, _level in members})
    return [
        [
            name,
            *(members.get((name, level), "0") for level in levels),
            *(given.get((name, service), "–") for service in services),
        ]
        for name in people
    ]


def overdue_actions(at: dict[str, Any]) -> str:
    [[found]] = by_hand(
        """SELECT count(*) FROM baseline_reviewaction a JOIN baseline_caseloadreview r ON r.id = a.review_id
            WHERE r.contract_id = %(contract)s AND coalesce(r.team_id, 0) = %(team)s AND a.due_on < %(before)s
              AND coalesce(a.done_at AT TIME ZONE 'America/New_York', 'infinity') >= %(before)s""",
        **at,
    )
    return found


def test_every_month(contract: Contract, reader: Client) -> None:
    for month in MONTHS:
        before = STORY.month(STORY.number(month) + 1)
        at = {"contract": contract.pk, "starts": month, "before": before, "term": STORY.term_starts_on}
        address = f"/bought/{contract.code}/{month:%Y-%m}/"
        page, lines = read(reader, address), exported(reader, address)
        told = {(name, when, level): cells for name, when, level, *cells in lines}
        code = f"{month:%Y-%m}"
        [[members, contacts, baseline, episodic, minutes, timed, reached, with_package, served, posted, uncovered]] = (
            by_hand(MONTH, **at)
        )

        assert told["members", code, ""][2] == members, month
        assert told["contacts", code, ""][2] == contacts, month
        assert told["baseline_contacts", code, ""][2] == baseline, month
        assert told["episodic_contacts", code, ""][2] == episodic, month
        assert told["contacts_while_not_covered", code, ""][2] == uncovered, month
        assert told["minutes", code, ""] == [timed, contacts, minutes], month
        assert told["people_reached", code, ""] == [reached, members, share(reached, members, 6)], month
        assert told["full_package", code, ""] == [served, with_package, share(served, with_package, 6)], month
        assert told["activity_share_of_contacts", code, ""] == [episodic, contacts, share(episodic, contacts, 6)], month
        shown = figures(page)
        assert shown["Contacts"] == contacts
        assert shown["Minutes"] == minutes
        assert shown["People reached"] == reached
        assert shown["Full package"] == percent(served, with_package)
        assert shown["Activity share of contacts"] == percent(episodic, contacts)
        if ("unit_cost", code, "") in told:
            cost = share(posted, baseline, 6) if posted else ""
            assert told["unit_cost", code, ""] == [posted and share(posted, "1", 6), baseline, cost], month
            each = f"${share(posted, baseline, 2)}" if posted else "–"
            assert shown["Baseline money for a baseline contact"] == each, month

        levels = by_hand(AT_LEVEL, **at)
        in_file = [[when, level] for name, when, level in told if name == "members_at_level"]
        assert in_file == [row[:2] for row in levels], month
        for when, level, people, months, work in levels:
            assert told["members_at_level", when, level][2] == people
            assert told["contacts_per_member_month", when, level] == [work, months, share(work, months, 6)]
        assert table(page, "b-levels") == [
            [level, people, share(months, "1", 2), work, share(work, months, 2)]
            for when, level, people, months, work in levels
            if when == code
        ]
        if STORY.number(month) >= 3:
            earlier = f"{STORY.month(STORY.number(month) - 3):%Y-%m}"
            [[full_rose, full, part_rose, part]] = by_hand(RANKS + ROSE, **at)
            assert told["escalated_after_full_package", earlier, ""][:2] == [full_rose, full]
            assert told["escalated_after_part_of_package", earlier, ""][:2] == [part_rose, part]
            assert table(page, "b-after") == [
                ["Full package", full, full_rose, percent(full_rose, full)],
                ["A part of it", part, part_rose, percent(part_rose, part)],
            ]
        [[records]] = by_hand(CONTACTS, **at)
        address_of_records = re.search(r'href="(/activity/[^"]*contact=yes)"', page)
        assert address_of_records
        assert len(exported(reader, unescape(address_of_records[1]))) == int(records), month
        assert exported(reader, f"{address}members/") == by_hand(EACH_MEMBER.format(IN_TIME), **at), month


def test_an_ended_episode_is_followed_up(contract: Contract) -> None:
    """HARBOR alone authorises episodes."""
    episodes = FollowUp.objects.filter(contract=contract, cause="episode")
    assert episodes.exists() == (contract.code == "HARBOR")


def share(part: str, whole: str, places: int) -> str:
    """As PostgreSQL rounds it."""
    query = "SELECT round(%(part)s::numeric / %(whole)s::numeric, %(places)s)"
    [[found]] = by_hand(query, part=part, whole=whole, places=places)
    return found


def percent(part: str, whole: str) -> str:
    query = "SELECT coalesce(round(100 * %(part)s::numeric / nullif(%(whole)s::numeric, 0), 1) || '%%', '–')"
    [[found]] = by_hand(query, part=part, whole=whole)
    return found
