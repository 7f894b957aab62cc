"""Feed `plan`: expected quantity and money of a month, by any of level, cohort, geography and service."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Column, RowByRow, Type, Words
from contracts.operations.feeds.work import Work, keep_good

SPLITS = ("level", "cohort", "geography", "service")
PLAN = "plan_plan"


class Plan(RowByRow):
    name = "plan"
    order = 90
    title = _("Plan")
    lead = _("What the contract expects of each month. A row is known by its month and everything it is split by.")
    tables = ("contracts_planline",)
    columns = (
        Column("month", Type.MONTH, required=True, hint=_("YYYY-MM.")),
        Column("level", Type.REFERENCE, longest=40, hint=_("Empty: not split by level.")),
        Column("cohort", Type.REFERENCE, longest=40, hint=_("Empty: not split by cohort.")),
        Column("geography", Type.REFERENCE, longest=40, hint=_("Empty: not split by geography.")),
        Column("service", Type.REFERENCE, longest=60, hint=_("Empty: not split by service.")),
        Column("quantity", Type.DECIMAL, required=True, digits=12, places=6),
        Column("amount", Type.DECIMAL, digits=12, places=6, hint=_("The row's total money.")),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "twice": _("Row %(row)d states the same month and split with other figures."),
    }
    plan = PLAN
    key = """concat_ws(', ', to_char(month, 'YYYY-MM'), nullif(level, ''), nullif(cohort, ''), nullif(geography, ''),
                       nullif(service, '')) || ': ' || trim_scale(quantity)"""
    told = (
        ("verdict = 'new'", "plan_new", _("New lines of the plan")),
        ("verdict = 'changed'", "plan_changed", _("Lines of the plan that change")),
    )

    def judge(self, work: Work) -> None:
        for column in SPLITS:
            work.run(
                f"""INSERT INTO feed_fault (row_number, column_name, code, detail)
                    SELECT s.row_number, %(what)s, 'unknown_code',
                           jsonb_build_object('what', %(what)s, 'on', s.month)
                      FROM feed_stage s
                      LEFT JOIN feed_term t ON t.what = %(what)s AND t.code = s.{column} AND t.starts_on <= s.month
                                           AND (t.ends_before IS NULL OR t.ends_before > s.month)
                     WHERE s.{column} IS NOT NULL AND t.code IS NULL""",
                what=column,
            )
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT row_number, 'month', 'twice', jsonb_build_object('row',
                          CASE WHEN row_number = first THEN last ELSE first END)
                 FROM (SELECT row_number, min(row_number) OVER one AS first, max(row_number) OVER one AS last,
                              min(quantity) OVER one <> max(quantity) OVER one
                              OR min(coalesce(amount, -1)) OVER one <> max(coalesce(amount, -1)) OVER one AS torn
                         FROM feed_stage
                       WINDOW one AS (PARTITION BY month, level, cohort, geography, service)) AS beside
                WHERE torn"""
        )
        keep_good(work)
        work.run(f"DROP TABLE IF EXISTS {PLAN}")
        work.run(
            f"""CREATE TEMP TABLE {PLAN} ON COMMIT DROP AS
                SELECT g.row_number, g.month, l.id AS line_id, coalesce(g.level, '') AS level,
                       coalesce(g.cohort, '') AS cohort, coalesce(g.geography, '') AS geography,
                       coalesce(g.service, '') AS service, g.quantity,
                       CASE WHEN l.id IS NULL OR %(has_amount)s THEN g.amount ELSE l.amount END AS amount,
                       CASE WHEN row_number() OVER (PARTITION BY g.month, g.level, g.cohort, g.geography, g.service
                                                        ORDER BY g.row_number) > 1 THEN 'unchanged'
                            WHEN l.id IS NULL THEN 'new'
                            WHEN g.quantity <> l.quantity OR %(has_amount)s AND g.amount IS DISTINCT FROM l.amount
                            THEN 'changed' ELSE 'unchanged' END AS verdict
                  FROM feed_good g
                  LEFT JOIN contracts_planline l
                         ON l.contract_id = %(contract)s AND l.month = g.month AND l.level = coalesce(g.level, '')
                        AND l.cohort = coalesce(g.cohort, '') AND l.geography = coalesce(g.geography, '')
                        AND l.service = coalesce(g.service, '')"""
        )

    def merge(self, work: Work) -> None:
        work.run(
            f"""UPDATE contracts_planline l SET quantity = p.quantity, amount = p.amount
                  FROM {PLAN} p WHERE p.verdict = 'changed' AND p.line_id = l.id"""
        )
        work.run(
            f"""INSERT INTO contracts_planline (contract_id, month, level, cohort, geography, service, quantity, amount)
                SELECT %(contract)s, month, level, cohort, geography, service, quantity, amount
                  FROM {PLAN} WHERE verdict = 'new' ORDER BY row_number"""
        )

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return work.rows(
            f"SELECT month, count(*) FROM {PLAN} WHERE verdict <> 'unchanged' GROUP BY month ORDER BY month"
        )
