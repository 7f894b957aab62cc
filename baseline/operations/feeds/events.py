"""Feed `events`: complaints and safety signals, one row per `event_ref` of the source system.

A reference that is known and says the same is no change; what is different is a change with history. What was added in
the product (owner, due day, learning) stays. An empty `closed_on` does not open again what was closed in the product.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Column, RowByRow, Type, Words
from contracts.operations.feeds.work import Work, keep_good
from eligibility.operations.feeds.spans import AboutMembers

FIGURES = ("member_id", "kind", "occurred_on", "severity", "category", "closed_on", "team_id")
PLAN = "event_plan"


class Events(RowByRow, AboutMembers):
    name = "events"
    order = 60
    title = _("Complaints and safety signals")
    lead = _("Complaints and safety signals, one row per event of the source system.")
    tables = ("baseline_event",)
    columns = (
        Column("event_ref", Type.REFERENCE, required=True, longest=100, hint=_("The source system's own number.")),
        Column("kind", Type.REFERENCE, required=True, longest=20, hint=_("complaint or safety.")),
        Column("member_ref", Type.REFERENCE, required=True, longest=60),
        Column("occurred_on", Type.DATE, required=True),
        Column("severity", Type.REFERENCE, required=True, longest=20, hint=_("low, moderate or severe.")),
        Column("category", Type.REFERENCE, longest=100),
        Column("closed_on", Type.DATE, hint=_("Empty while it is open.")),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "not_a_kind": _("%(name)s: “%(value)s” is neither complaint nor safety."),
        "not_a_severity": _("%(name)s: “%(value)s” is none of low, moderate, severe."),
        "closed_before": _("%(name)s: it cannot have been closed before it occurred."),
        "event_recorded_here": _("This event was entered in the product; a feed does not change it."),
    }
    plan = PLAN
    key = "event_ref"
    told = (
        ("verdict = 'new'", "event_new", _("New complaints and safety signals")),
        ("verdict = 'changed'", "event_changed", _("Complaints and safety signals that change")),
    )

    def judge(self, work: Work) -> None:
        work.run("DROP TABLE IF EXISTS feed_met, feed_repeated")
        work.run(
            """CREATE TEMP TABLE feed_met ON COMMIT DROP AS
               SELECT s.row_number, m.id AS member_id, e.id AS event_id, e.source
                 FROM feed_stage s
                 LEFT JOIN eligibility_member m
                        ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
                 LEFT JOIN baseline_event e ON e.contract_id = %(contract)s AND e.event_ref = s.event_ref"""
        )
        work.run("ANALYZE feed_met")
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code)
               SELECT s.row_number, fault.column_name, fault.code
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                CROSS JOIN LATERAL (VALUES
                      ('member_ref', CASE WHEN m.member_id IS NULL THEN 'unknown_member' END),
                      ('kind', CASE WHEN lower(s.kind) NOT IN ('complaint', 'safety') THEN 'not_a_kind' END),
                      ('severity', CASE WHEN lower(s.severity) NOT IN ('low', 'moderate', 'severe')
                                        THEN 'not_a_severity' END),
                      ('occurred_on', CASE WHEN s.occurred_on > %(today)s THEN 'in_the_future' END),
                      ('closed_on', CASE WHEN s.closed_on > %(today)s THEN 'in_the_future'
                                         WHEN s.closed_on < s.occurred_on THEN 'closed_before' END),
                      ('event_ref', CASE WHEN m.source = 'product' THEN 'event_recorded_here' END)
                      ) AS fault (column_name, code)
                WHERE fault.code IS NOT NULL"""
        )
        self._mark_repeated(work)
        keep_good(work)
        self._plan(work)

    def merge(self, work: Work) -> None:
        columns = ", ".join(FIGURES)
        work.run(
            f"""UPDATE baseline_event e
                   SET {", ".join(f"{name} = p.{name}" for name in FIGURES)}, feed_run_id = %(run)s
                  FROM {PLAN} p WHERE p.verdict = 'changed' AND p.event_id = e.id"""
        )
        work.run(
            f"""INSERT INTO baseline_event (organisation_id, contract_id, event_ref, {columns}, description,
                                            safeguarding, learning, source, feed_run_id)
                SELECT %(organisation)s, %(contract)s, event_ref, {columns}, '', '', '', 'feed', %(run)s
                  FROM {PLAN} WHERE verdict = 'new' ORDER BY row_number"""
        )

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return work.rows(
            f"""SELECT date_trunc('month', occurred_on)::date, count(*)
                  FROM {PLAN} WHERE verdict <> 'unchanged' GROUP BY 1 ORDER BY 1"""
        )

    def _mark_repeated(self, work: Work) -> None:
        """A reference twice in one file: alike is said once, different is refused in every row."""
        work.run(
            """CREATE TEMP TABLE feed_repeated ON COMMIT DROP AS
               SELECT s.row_number, s.event_ref, to_jsonb(s) - 'row_number' AS content
                 FROM feed_stage s
                 JOIN (SELECT event_ref FROM feed_stage GROUP BY event_ref HAVING count(*) > 1) r USING (event_ref)"""
        )
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT r.row_number, 'event_ref', 'twice',
                      jsonb_build_object('row', CASE WHEN r.row_number = o.first THEN o.last ELSE o.first END)
                 FROM feed_repeated r
                 JOIN (SELECT event_ref, min(row_number) AS first, max(row_number) AS last FROM feed_repeated
                        GROUP BY event_ref HAVING count(DISTINCT content) > 1) o USING (event_ref)"""
        )

    def _plan(self, work: Work) -> None:
        """`event_plan`: every good row as the event that it would become, with a verdict.

        The team is the one that led the member on the day.
        """
        work.run(f"DROP TABLE IF EXISTS {PLAN}")
        work.run(
            f"""CREATE TEMP TABLE {PLAN} ON COMMIT DROP AS
               WITH stated AS (
                   SELECT g.row_number, g.event_ref, m.member_id, m.event_id, lower(g.kind) AS kind, g.occurred_on,
                          lower(g.severity) AS severity, a.team_id,
                          CASE WHEN e.id IS NULL OR %(has_category)s THEN coalesce(g.category, '')
                               ELSE e.category END AS category,
                          CASE WHEN e.closed_by_id IS NOT NULL THEN e.closed_on
                               WHEN e.id IS NULL OR %(has_closed_on)s THEN g.closed_on ELSE e.closed_on END
                          AS closed_on,
                          row_number() OVER (PARTITION BY g.event_ref ORDER BY g.row_number) > 1 AS repeated
                     FROM feed_good g
                     JOIN feed_met m USING (row_number)
                     LEFT JOIN baseline_event e ON e.id = m.event_id
                     LEFT JOIN eligibility_assignment a
                            ON a.member_id = m.member_id AND a.kind = 'lead' AND a.starts_on <= g.occurred_on
                           AND (a.ends_before IS NULL OR a.ends_before > g.occurred_on))
               SELECT s.*,
                      CASE WHEN s.repeated THEN 'unchanged'
                           WHEN e.id IS NULL THEN 'new'
                           WHEN (s.member_id, s.kind, s.occurred_on, s.severity, s.category, s.closed_on, s.team_id)
                                IS DISTINCT FROM
                                (e.member_id, e.kind, e.occurred_on, e.severity, e.category, e.closed_on, e.team_id)
                           THEN 'changed' ELSE 'unchanged' END AS verdict
                 FROM stated s LEFT JOIN baseline_event e ON e.id = s.event_id"""
        )
        work.run(f"ANALYZE {PLAN}")
