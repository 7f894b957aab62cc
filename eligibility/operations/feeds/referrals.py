"""Feed `referrals`: the referral log of the source system, one row per `referral_ref`.

A reference that is known and says the same is no change; what is different is a change with history. An empty cell of
what the product fills in, too (member, first response, disposition, verification), takes nothing back. A verified
referral whose member or day of receipt changes waits again, unless the row itself says that it is verified; naming the
member of one that had none is no such change.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Column, RowByRow, Type, Words
from contracts.operations.feeds.work import Work, governed, keep_good
from eligibility.operations.feeds.spans import AboutMembers

TABLE = "eligibility_referral"
PLAN = "referral_plan"
FIGURES = (
    "received_at",
    "referred_by",
    "urgency",
    "geography",
    "cohort",
    "member_id",
    "response_due_at",
    "first_response_at",
    "disposition",
    "verified_on",
    "verified_by",
)


class Referrals(RowByRow, AboutMembers):
    name = "referrals"
    order = 40
    title = _("Referrals")
    lead = _("The referral log, one row per referral of the source system.")
    tables = (TABLE,)
    columns = (
        Column("referral_ref", Type.REFERENCE, required=True, longest=100, hint=_("The source system's own number.")),
        Column("received_at", Type.MOMENT, required=True, stage="received", hint=_("Date, or date and time.")),
        Column("source", Type.REFERENCE, required=True, longest=100, hint=_("Who referred.")),
        Column("urgency", Type.REFERENCE, required=True, longest=10, hint=_("routine or urgent.")),
        Column("geography", Type.REFERENCE, required=True, longest=40, hint=_("A geography code of the contract.")),
        Column("cohort", Type.REFERENCE, longest=40, hint=_("A cohort code of the contract.")),
        Column("member_ref", Type.REFERENCE, longest=60, hint=_("Where the person is a member.")),
        Column("first_response_at", Type.MOMENT, stage="responded", hint=_("Date, or date and time.")),
        Column("disposition", Type.REFERENCE, longest=100, hint=_("What became of it; empty as long as it is open.")),
        Column("verified_on", Type.DATE),
        Column("verified_by", Type.REFERENCE, longest=200),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "not_an_urgency": _("%(name)s: “%(value)s” is neither routine nor urgent."),
        "verified_without_a_day": _("%(name)s is empty, but the row names who verified it."),
        "answered_before": _("%(name)s: the first response lies before the referral was received."),
        "recorded_here": _("This referral was entered in the product; a feed does not change it."),
    }
    plan = PLAN
    key = "referral_ref"
    told = (
        ("verdict = 'new'", "referrals_new", _("New referrals")),
        ("verdict = 'changed'", "referrals_changed", _("Referrals that change")),
        ("waits_again", "referrals_wait_again", _("Verified referrals that wait for verification again")),
    )

    def judge(self, work: Work) -> None:
        self._resolve(work)
        self._mark(work)
        keep_good(work)
        self._plan(work)

    def _resolve(self, work: Work) -> None:
        """`feed_met`: each row with its moments, its clock, and the member and referral that it names."""
        zone = work.contract.timezone
        work.run("UPDATE feed_stage SET urgency = lower(urgency) WHERE urgency <> lower(urgency)")
        work.run("DROP TABLE IF EXISTS feed_met, feed_response")
        work.run(
            "CREATE TEMP TABLE feed_response (urgency text, hours int, starts_on date, before date) ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY feed_response FROM STDIN") as copy:
            copy.set_types(["text", "int4", "date", "date"])
            for version, start, before in governed(work.terms):
                eligibility = version.document.eligibility
                hours = eligibility.referral_response_hours if eligibility else None
                for urgency in ("routine", "urgent"):
                    if hours is not None and getattr(hours, urgency) is not None:
                        copy.write_row((urgency, getattr(hours, urgency), start, before))
        work.run(
            f"""CREATE TEMP TABLE feed_met ON COMMIT DROP AS
               WITH moments AS (
                   SELECT s.*, coalesce(s.received_at, s.received::timestamp AT TIME ZONE %(zone)s) AS came,
                          -- a response on the day of receipt, without a time, came after it
                          coalesce(s.responded_at,
                                   greatest(s.responded::timestamp AT TIME ZONE %(zone)s,
                                            CASE WHEN s.responded = s.received
                                                 THEN coalesce(s.received_at,
                                                               s.received::timestamp AT TIME ZONE %(zone)s) END))
                              AS answered
                     FROM feed_stage s)
               SELECT m.row_number, m.came, m.answered, coalesce(one.kept_id, who.id) AS member_id,
                      r.id AS referral_id, r.origin, m.came + make_interval(hours => c.hours) AS due
                 FROM moments m
                 LEFT JOIN eligibility_member who
                        ON who.organisation_id = %(organisation)s AND who.reference = m.member_ref
                 LEFT JOIN eligibility_membermerge one ON one.merged_id = who.id AND one.undone_at IS NULL
                 LEFT JOIN feed_response c ON c.urgency = m.urgency AND c.starts_on <= m.received
                                          AND (c.before IS NULL OR c.before > m.received)
                 LEFT JOIN {TABLE} r ON r.contract_id = %(contract)s AND r.referral_ref = m.referral_ref""",
            zone=zone,
        )
        work.run("ANALYZE feed_met")

    def _mark(self, work: Work) -> None:
        for column in ("geography", "cohort"):
            work.run(
                f"""INSERT INTO feed_fault (row_number, column_name, code, detail)
                    SELECT s.row_number, %(what)s, 'unknown_code',
                           jsonb_build_object('what', %(what)s, 'on', s.received)
                      FROM feed_stage s
                      LEFT JOIN feed_term t ON t.what = %(what)s AND t.code = s.{column} AND t.starts_on <= s.received
                                           AND (t.ends_before IS NULL OR t.ends_before > s.received)
                     WHERE s.{column} IS NOT NULL AND t.code IS NULL""",
                what=column,
            )
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code)
               SELECT s.row_number, fault.column_name, fault.code
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                CROSS JOIN LATERAL (VALUES
                      ('urgency', CASE WHEN s.urgency NOT IN ('routine', 'urgent') THEN 'not_an_urgency' END),
                      ('member_ref', CASE WHEN s.member_ref IS NOT NULL AND m.member_id IS NULL
                                          THEN 'unknown_member' END),
                      ('received_at', CASE WHEN s.received > %(today)s OR s.received_at > %(now)s
                                           THEN 'in_the_future' END),
                      ('first_response_at', CASE WHEN s.responded > %(today)s OR s.responded_at > %(now)s
                                                 THEN 'in_the_future'
                                                 WHEN m.answered < m.came THEN 'answered_before' END),
                      ('verified_on', CASE WHEN s.verified_on > %(today)s THEN 'in_the_future'
                                           WHEN s.verified_on IS NULL AND s.verified_by IS NOT NULL
                                           THEN 'verified_without_a_day' END),
                      ('referral_ref', CASE WHEN m.origin = 'product' THEN 'recorded_here' END)
                      ) AS fault (column_name, code)
                WHERE fault.code IS NOT NULL""",
            now=work.now,
        )
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT r.row_number, 'referral_ref', 'twice',
                      jsonb_build_object('row', CASE WHEN r.row_number = o.first THEN o.last ELSE o.first END)
                 FROM feed_stage r
                 JOIN (SELECT referral_ref, min(row_number) AS first, max(row_number) AS last FROM feed_stage s
                        GROUP BY referral_ref HAVING count(DISTINCT to_jsonb(s) - 'row_number') > 1) o
                USING (referral_ref)"""
        )

    def _plan(self, work: Work) -> None:
        """Every good row as the referral that it would become, with a verdict."""
        work.run(f"DROP TABLE IF EXISTS {PLAN}")
        work.run(
            f"""CREATE TEMP TABLE {PLAN} ON COMMIT DROP AS
                WITH stated AS (
                    SELECT g.row_number, g.referral_ref, g.received, m.referral_id, m.came AS received_at,
                           g.source AS referred_by, g.urgency, g.geography,
                           CASE WHEN r.id IS NULL OR %(has_cohort)s THEN coalesce(g.cohort, '')
                                ELSE r.cohort END AS cohort,
                           coalesce(m.member_id, r.member_id) AS member_id,
                           -- the clock stays as it was started, unless what started it changes
                           CASE WHEN r.id IS NOT NULL AND (r.received_at, r.urgency) = (m.came, g.urgency)
                                THEN r.response_due_at ELSE m.due END AS response_due_at,
                           coalesce(m.answered, CASE WHEN r.first_response_at >= m.came THEN r.first_response_at END)
                               AS first_response_at,
                           coalesce(g.disposition, r.disposition, '') AS disposition,
                           g.verified_on AS stated_on, g.verified_by AS stated_by,
                           r.id IS NOT NULL
                               AND ((r.received_at AT TIME ZONE %(zone)s)::date <> g.received
                                    OR coalesce(m.member_id <> r.member_id, false)) AS substance,
                           row_number() OVER (PARTITION BY g.referral_ref ORDER BY g.row_number) > 1 AS repeated
                      FROM feed_good g
                      JOIN feed_met m USING (row_number)
                      LEFT JOIN {TABLE} r ON r.id = m.referral_id),
                verified AS (
                    SELECT s.*,
                           CASE WHEN s.stated_on IS NOT NULL THEN s.stated_on
                                WHEN NOT s.substance THEN r.verified_on END AS verified_on,
                           CASE WHEN s.stated_on IS NOT NULL
                                THEN coalesce(s.stated_by,
                                              CASE WHEN NOT s.substance AND r.verified_on = s.stated_on
                                                   THEN r.verified_by END,
                                              'source')
                                WHEN NOT s.substance THEN coalesce(r.verified_by, '') ELSE '' END AS verified_by,
                           r.verified_on IS NOT NULL AS was_verified
                      FROM stated s LEFT JOIN {TABLE} r ON r.id = s.referral_id)
                SELECT v.*, v.was_verified AND v.verified_on IS NULL AS waits_again,
                       CASE WHEN v.repeated THEN 'unchanged' WHEN r.id IS NULL THEN 'new'
                            WHEN ({", ".join(f"v.{name}" for name in FIGURES)})
                                 IS DISTINCT FROM ({", ".join(f"r.{name}" for name in FIGURES)})
                            THEN 'changed' ELSE 'unchanged' END AS verdict
                  FROM verified v LEFT JOIN {TABLE} r ON r.id = v.referral_id""",
            zone=work.contract.timezone,
        )

    def merge(self, work: Work) -> None:
        columns = ", ".join(FIGURES)
        work.run(
            f"""UPDATE {TABLE} r
                   SET {", ".join(f"{name} = p.{name}" for name in FIGURES)}, feed_run_id = %(run)s,
                       verifier_id = CASE WHEN (p.verified_on, p.verified_by) IS NOT DISTINCT FROM
                                               (r.verified_on, r.verified_by) THEN r.verifier_id END
                  FROM {PLAN} p WHERE p.verdict = 'changed' AND p.referral_id = r.id"""
        )
        work.run(
            f"""INSERT INTO {TABLE} (organisation_id, contract_id, referral_ref, {columns}, origin, feed_run_id,
                                     given_name, family_name, note)
                SELECT %(organisation)s, %(contract)s, referral_ref, {columns}, 'feed', %(run)s, '', '', ''
                  FROM {PLAN} WHERE verdict = 'new' ORDER BY row_number"""
        )

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return work.rows(
            f"""SELECT date_trunc('month', received)::date, count(*)
                  FROM {PLAN} WHERE verdict <> 'unchanged' GROUP BY 1 ORDER BY 1"""
        )
