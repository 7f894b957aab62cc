"""Feed `services`: delivered work, one record per `activity_ref` of the source system.

A reference that is known and says the same is no change; what is different is a change with history. A record that was
verified and whose service, member, date, units or amount changes waits to be verified again, unless the row itself says
that it is verified. An empty `verified_on` takes nothing back: the product may have verified the record meanwhile. Who
verified may be left out: then it was the source.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from baseline.operations.follow_ups import after_contact
from contracts.operations.feeds.kinds import Column, RowByRow, Type, Words
from contracts.operations.feeds.work import Work, keep_good
from eligibility.operations.feeds.spans import AboutMembers

# columns of baseline_activity, in the order in which a new record is written
FIGURES = (
    "member_id",
    "service",
    "occurred_on",
    "occurred_at",
    "units",
    "planned",
    "attempted",
    "practitioner",
    "place",
    "outcome",
    "minutes",
    "criteria_not_met",
    "amount",
    "received_on",
    "verified_on",
    "verified_by",
    "reverses",
)
PLAN = "activity_plan"


class Services(RowByRow, AboutMembers):
    name = "services"
    order = 30
    title = _("Services")
    lead = _("Delivered work, one row per record of the source system.")
    tables = ("baseline_activity",)
    columns = (
        Column("activity_ref", Type.REFERENCE, required=True, longest=100, hint=_("The source system's own number.")),
        Column("member_ref", Type.REFERENCE, required=True, longest=60),
        Column("service", Type.REFERENCE, required=True, longest=60, hint=_("A service code of the contract.")),
        Column("occurred_on", Type.MOMENT, required=True, hint=_("Date, or date and time.")),
        Column("units", Type.DECIMAL, digits=7, hint=_("1 when empty.")),
        Column("planned", Type.YES_NO, hint=_("yes when empty.")),
        Column("practitioner", Type.REFERENCE, longest=100),
        Column("place", Type.REFERENCE, longest=100),
        Column("outcome", Type.REFERENCE, longest=100),
        Column("minutes", Type.WHOLE, digits=6),
        Column("attempted", Type.YES_NO, hint=_("yes: tried and not delivered.")),
        Column("criteria_not_met", Type.CODES, longest=60, hint=_("Codes of the service's criteria.")),
        Column("amount", Type.DECIMAL, hint=_("The row's total, only where the service is priced as billed.")),
        Column("received_on", Type.DATE, hint=_("The day of the first feed when empty.")),
        Column("verified_on", Type.DATE),
        Column("verified_by", Type.REFERENCE, longest=200),
        Column("reverses", Type.REFERENCE, longest=100, hint=_("activity_ref of the record that this row cancels.")),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "not_positive": _(
            "%(name)s: “%(value)s” must be more than 0. To take a record back, send a row that reverses it."
        ),
        "not_as_billed": _(
            "%(name)s: the price of this service stands in the contract; leave the amount empty. Only services priced "
            "as billed carry one."
        ),
        "verified_without_a_day": _("%(name)s is empty, but the row names who verified it."),
        "recorded_here": _("This record was entered in the product; a feed does not change it."),
        "reverses_itself": _("%(name)s: a row cannot cancel itself."),
        "reverses_nothing": _("%(name)s: there is no record “%(value)s”, or its own row was rejected."),
        "reverses_a_reversal": _("%(name)s: “%(value)s” itself cancels a record; send the work again as a new record."),
        "reverses_another": _("%(name)s: “%(value)s” is a record of another member or service."),
    }
    plan = PLAN
    key = "activity_ref"
    told = (
        ("verdict = 'new'", "activity_new", _("New records")),
        ("verdict = 'changed'", "activity_changed", _("Records that change")),
        ("waits_again", "activity_waits_again", _("Verified records that wait for verification again")),
    )

    def judge(self, work: Work) -> None:
        self._resolve(work)
        self._mark_rows(work)
        self._mark_repeated(work)
        self._mark_reversals(work)
        keep_good(work)
        self._plan(work)

    def merge(self, work: Work) -> None:
        columns = ", ".join(FIGURES)
        touched = work.rows(
            f"""SELECT member_id FROM {PLAN} WHERE verdict <> 'unchanged'
                UNION SELECT a.member_id FROM {PLAN} p JOIN baseline_activity a ON a.id = p.activity_id
                       WHERE p.verdict = 'changed'"""
        )
        work.run(
            f"""UPDATE baseline_activity a
                   SET {", ".join(f"{name} = p.{name}" for name in FIGURES)},
                       -- what the source says anew waits anew, or is verified there and no longer here
                       verifier_id = CASE WHEN (p.verified_on, p.verified_by) IS NOT DISTINCT FROM
                                               (a.verified_on, a.verified_by) THEN a.verifier_id END,
                       rejected_on = NULL, rejected_by_id = NULL, rejection = '',
                       feed_run_id = %(run)s, feed_row = p.row_number
                  FROM {PLAN} p WHERE p.verdict = 'changed' AND p.activity_id = a.id"""
        )
        work.run(
            f"""INSERT INTO baseline_activity (organisation_id, contract_id, activity_ref, {columns}, source,
                                               feed_run_id, feed_row)
                SELECT %(organisation)s, %(contract)s, activity_ref, {columns}, 'feed', %(run)s, row_number
                  FROM {PLAN} WHERE verdict = 'new' ORDER BY row_number"""
        )
        after_contact(contract_id=work.contract.pk, member_ids=[member for (member,) in touched])

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return work.rows(
            f"""SELECT date_trunc('month', least(occurred_on, was_occurred_on))::date, count(*)
                  FROM {PLAN} WHERE verdict <> 'unchanged' GROUP BY 1 ORDER BY 1"""
        )

    def _resolve(self, work: Work) -> None:
        """`feed_met`: each staged row beside the member, the terms of its day and the record that it names."""
        work.run("DROP TABLE IF EXISTS feed_met")
        work.run(
            """CREATE TEMP TABLE feed_met ON COMMIT DROP AS
               SELECT s.row_number, coalesce(one.kept_id, m.id) AS member_id, t.code IS NOT NULL AS declared,
                      t.as_billed, t.criteria,
                      a.id AS activity_id, a.source
                 FROM feed_stage s
                 LEFT JOIN eligibility_member m
                        ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
                 -- whoever turned out to be registered twice is the one member they live on as
                 LEFT JOIN eligibility_membermerge one ON one.merged_id = m.id AND one.undone_at IS NULL
                 LEFT JOIN feed_term t ON t.what = 'service' AND t.code = s.service AND t.starts_on <= s.occurred_on
                                      AND (t.ends_before IS NULL OR t.ends_before > s.occurred_on)
                 LEFT JOIN baseline_activity a
                        ON a.contract_id = %(contract)s AND a.activity_ref = s.activity_ref"""
        )
        work.run("ANALYZE feed_met")

    def _mark_rows(self, work: Work) -> None:
        """Every fault that one row has by itself, in one pass."""
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT s.row_number, fault.column_name, fault.code, coalesce(fault.detail, '{}')
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                CROSS JOIN LATERAL (VALUES
                      ('member_ref', CASE WHEN m.member_id IS NULL THEN 'unknown_member' END, NULL::jsonb),
                      ('service', CASE WHEN NOT m.declared THEN 'unknown_code' END,
                       CASE WHEN NOT m.declared THEN jsonb_build_object('what', 'service', 'on', s.occurred_on) END),
                      ('occurred_on', CASE WHEN s.occurred_on > %(today)s THEN 'in_the_future' END, NULL),
                      ('received_on', CASE WHEN s.received_on > %(today)s THEN 'in_the_future' END, NULL),
                      ('verified_on', CASE WHEN s.verified_on > %(today)s THEN 'in_the_future'
                                           WHEN s.verified_on IS NULL AND s.verified_by IS NOT NULL
                                           THEN 'verified_without_a_day' END, NULL),
                      ('units', CASE WHEN s.units <= 0 THEN 'not_positive' END, NULL),
                      ('amount', CASE WHEN s.amount IS NOT NULL AND NOT m.as_billed THEN 'not_as_billed' END, NULL),
                      ('criteria_not_met', CASE WHEN m.declared AND NOT s.criteria_not_met <@ m.criteria
                                                THEN 'unknown_code' END,
                       CASE WHEN m.declared AND NOT s.criteria_not_met <@ m.criteria
                            THEN jsonb_build_object('what', 'criterion', 'of', s.service, 'on', s.occurred_on) END),
                      ('activity_ref', CASE WHEN m.source = 'product' THEN 'recorded_here' END, NULL)
                      ) AS fault (column_name, code, detail)
                WHERE fault.code IS NOT NULL
                  -- whether any of it applies, so that only faulty rows are spread out
                  AND (m.member_id IS NULL OR NOT m.declared OR s.occurred_on > %(today)s
                       OR s.received_on > %(today)s OR s.verified_on > %(today)s
                       OR s.verified_on IS NULL AND s.verified_by IS NOT NULL OR s.units <= 0
                       OR s.amount IS NOT NULL AND NOT m.as_billed
                       OR s.criteria_not_met IS NOT NULL AND NOT s.criteria_not_met <@ m.criteria
                       OR m.source = 'product')"""
        )

    def _mark_repeated(self, work: Work) -> None:
        """A reference twice in one file: alike is said once, different is refused in every row."""
        work.run("DROP TABLE IF EXISTS feed_repeated")
        work.run(
            """CREATE TEMP TABLE feed_repeated ON COMMIT DROP AS
               SELECT s.row_number, s.activity_ref, to_jsonb(s) - 'row_number' AS content
                 FROM feed_stage s
                 JOIN (SELECT activity_ref FROM feed_stage GROUP BY activity_ref HAVING count(*) > 1) r
                USING (activity_ref)"""
        )
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT r.row_number, 'activity_ref', 'twice',
                      jsonb_build_object('row', CASE WHEN r.row_number = o.first THEN o.last ELSE o.first END)
                 FROM feed_repeated r
                 JOIN (SELECT activity_ref, min(row_number) AS first, max(row_number) AS last FROM feed_repeated
                        GROUP BY activity_ref HAVING count(DISTINCT content) > 1) o USING (activity_ref)"""
        )

    def _mark_reversals(self, work: Work) -> None:
        """A reversing row needs its original, in the product or in a good row of the same file."""
        if "reverses" not in work.present:
            return
        work.run("ANALYZE feed_fault")
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code)
               SELECT s.row_number, 'reverses',
                      CASE WHEN s.reverses = s.activity_ref THEN 'reverses_itself'
                           WHEN coalesce(here.service, there.service) IS NULL THEN 'reverses_nothing'
                           WHEN coalesce(here.reverses, there.reverses, '') <> '' THEN 'reverses_a_reversal'
                           ELSE 'reverses_another' END
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                 LEFT JOIN LATERAL (
                      SELECT o.service, o.reverses, om.member_id
                        FROM feed_stage o JOIN feed_met om USING (row_number)
                       WHERE o.activity_ref = s.reverses
                         AND NOT EXISTS (SELECT FROM feed_fault f WHERE f.row_number = o.row_number)
                       LIMIT 1) here ON true
                 LEFT JOIN baseline_activity there
                        ON there.contract_id = %(contract)s AND there.activity_ref = s.reverses
                WHERE s.reverses IS NOT NULL
                  AND (s.reverses = s.activity_ref
                       OR coalesce(here.service, there.service) IS NULL
                       OR coalesce(here.reverses, there.reverses, '') <> ''
                       OR coalesce(here.service, there.service) <> s.service
                       OR coalesce(here.member_id, there.member_id) <> m.member_id)"""
        )

    def _plan(self, work: Work) -> None:
        """`activity_plan`: every good row as the record that it would become, with a verdict.

        `waits_again`: it was verified, and what it now says of episodic work has not been.
        """
        work.run("DROP TABLE IF EXISTS activity_plan")
        work.run(
            """CREATE TEMP TABLE activity_plan ON COMMIT DROP AS
               WITH stated AS (
                   SELECT g.row_number, g.activity_ref, m.member_id, m.activity_id, g.service, g.occurred_on,
                          g.occurred_on_at AS occurred_at, a.occurred_on AS was_occurred_on,
                          a.verified_on IS NOT NULL AS was_verified,
                          CASE WHEN a.id IS NULL OR %(has_units)s THEN coalesce(g.units, 1) ELSE a.units END AS units,
                          CASE WHEN a.id IS NULL OR %(has_planned)s THEN coalesce(g.planned, true)
                               ELSE a.planned END AS planned,
                          CASE WHEN a.id IS NULL OR %(has_attempted)s THEN coalesce(g.attempted, false)
                               ELSE a.attempted END AS attempted,
                          CASE WHEN a.id IS NULL OR %(has_practitioner)s THEN coalesce(g.practitioner, '')
                               ELSE a.practitioner END AS practitioner,
                          CASE WHEN a.id IS NULL OR %(has_place)s THEN coalesce(g.place, '') ELSE a.place END AS place,
                          CASE WHEN a.id IS NULL OR %(has_outcome)s THEN coalesce(g.outcome, '')
                               ELSE a.outcome END AS outcome,
                          CASE WHEN a.id IS NULL OR %(has_minutes)s THEN g.minutes ELSE a.minutes END AS minutes,
                          CASE WHEN a.id IS NULL OR %(has_criteria_not_met)s THEN coalesce(g.criteria_not_met, '{}')
                               ELSE a.criteria_not_met END AS criteria_not_met,
                          CASE WHEN a.id IS NULL OR %(has_amount)s THEN g.amount ELSE a.amount END AS amount,
                          coalesce(g.received_on, a.received_on, %(today)s) AS received_on,
                          CASE WHEN a.id IS NULL OR %(has_reverses)s THEN coalesce(g.reverses, '')
                               ELSE a.reverses END AS reverses,
                          g.verified_on AS stated_verified_on, g.verified_by AS stated_verified_by,
                          row_number() OVER (PARTITION BY g.activity_ref ORDER BY g.row_number) > 1 AS repeated
                     FROM feed_good g
                     JOIN feed_met m USING (row_number)
                     LEFT JOIN baseline_activity a ON a.id = m.activity_id),
               judged AS (
                   SELECT s.*,
                          a.id IS NOT NULL AND (s.service, s.member_id, s.occurred_on, s.units, s.amount)
                              IS DISTINCT FROM (a.service, a.member_id, a.occurred_on, a.units, a.amount) AS substance
                     FROM stated s LEFT JOIN baseline_activity a ON a.id = s.activity_id),
               verified AS (
                   SELECT j.*,
                          CASE WHEN j.stated_verified_on IS NOT NULL THEN j.stated_verified_on
                               WHEN NOT j.substance THEN a.verified_on END AS verified_on,
                          CASE WHEN j.stated_verified_on IS NOT NULL
                               THEN coalesce(j.stated_verified_by,
                                             CASE WHEN NOT j.substance AND a.verified_on = j.stated_verified_on
                                                  THEN a.verified_by END,
                                             'source')
                               WHEN NOT j.substance THEN coalesce(a.verified_by, '') ELSE '' END AS verified_by
                     FROM judged j LEFT JOIN baseline_activity a ON a.id = j.activity_id)
               SELECT v.*,
                      -- baseline work loses its verification, too, but nobody has to give it again
                      v.substance AND v.was_verified AND v.verified_on IS NULL
                      AND v.service IN (SELECT t ->> 'code' FROM contracts_contractversion,
                                               jsonb_array_elements(document -> 'services') AS t
                                         WHERE contract_id = %(contract)s AND status = 'signed'
                                           AND t ->> 'kind' = 'episodic') AS waits_again,
                      CASE WHEN v.repeated THEN 'unchanged'
                           WHEN a.id IS NULL THEN 'new'
                           WHEN v.substance
                             OR (v.occurred_at, v.planned, v.attempted, v.practitioner, v.place, v.outcome, v.minutes,
                                 v.criteria_not_met, v.received_on, v.verified_on, v.verified_by, v.reverses)
                                IS DISTINCT FROM
                                (a.occurred_at, a.planned, a.attempted, a.practitioner, a.place, a.outcome, a.minutes,
                                 a.criteria_not_met, a.received_on, a.verified_on, a.verified_by, a.reverses)
                           THEN 'changed' ELSE 'unchanged' END AS verdict
                 FROM verified v LEFT JOIN baseline_activity a ON a.id = v.activity_id"""
        )
        work.run("ANALYZE activity_plan")
