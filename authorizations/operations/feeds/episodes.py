"""Feed `episodes`: authorised episodes that were decided elsewhere, one per `episode_ref` of the source system.

A reference that is known and says the same is no change; what is different is a change with history. Episodes of one
service do not overlap, because a piece of work belongs to one of them: a row that overlaps another is refused, be it of
the same file, of an earlier one or decided in the product. An early end that was set here stays, unless the window no
longer holds it.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Column, RowByRow, Type, Words
from contracts.operations.feeds.work import Work, governed, keep_good
from eligibility.operations.feeds.spans import AboutMembers

PLAN = "episode_plan"
FIGURES = ("member_id", "service", "units", "starts_on", "ends_before", "decided_on", "decided_by", "rationale")


class Episodes(RowByRow, AboutMembers):
    name = "episodes"
    order = 40
    title = _("Episodes")
    lead = _("Authorised episodes that were decided elsewhere: a service, its units and the days they may be used on.")
    tables = ("authorizations_episode",)
    columns = (
        Column("episode_ref", Type.REFERENCE, required=True, longest=100, hint=_("The source system's own number.")),
        Column("member_ref", Type.REFERENCE, required=True, longest=60),
        Column("service", Type.REFERENCE, required=True, longest=60, hint=_("An episodic service of the contract.")),
        Column("from", Type.DATE, required=True, stage="starts_on", hint=_("First day.")),
        Column("to", Type.LAST_DAY, required=True, stage="ends_before", hint=_("Last day.")),
        Column("units", Type.DECIMAL, required=True, digits=7, hint=_("Units that may be used in that time.")),
        Column("decided_on", Type.DATE, required=True),
        Column("decided_by", Type.REFERENCE, required=True, longest=200),
        Column("rationale", Type.TEXT, required=True, longest=10_000),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "not_positive": _("%(name)s: “%(value)s” must be more than 0."),
        "not_episodic": _("%(name)s: “%(value)s” is a baseline service, which the rates pay for; it has no episodes."),
        "overlaps_row": _("These days overlap those of row %(row)d; a member has one episode of a service at a time."),
        "overlaps_episode": _(
            "These days overlap episode %(episode)s of the same service (from %(first)s); a member has one at a time."
        ),
        "made_here": _(
            "An episode of the same service from %(first)s on was decided in the product and overlaps these days; a "
            "feed does not change it."
        ),
    }
    plan = PLAN
    key = "episode_ref"
    told = (
        ("verdict = 'new'", "episode_new", _("New episodes")),
        ("verdict = 'changed'", "episode_changed", _("Episodes that change")),
    )
    names_members = True

    def judge(self, work: Work) -> None:
        self._resolve(work)
        self._mark_rows(work)
        self._mark_repeated(work)
        self._mark_overlapping_rows(work)
        # a row that is refused leaves its episode as it was, which may then be in the way of another row
        while self._mark_overlapping_episodes(work):
            pass
        keep_good(work)
        self._plan(work)

    def merge(self, work: Work) -> None:
        columns = ", ".join(FIGURES)
        work.run(
            f"""UPDATE authorizations_episode e
                   SET {", ".join(f"{name} = p.{name}" for name in FIGURES)},
                       ended_early_on = CASE WHEN e.ended_early_on >= p.starts_on AND e.ended_early_on < p.ends_before
                                             THEN e.ended_early_on END,
                       feed_run_id = %(run)s
                  FROM {PLAN} p WHERE p.verdict = 'changed' AND p.episode_id = e.id"""
        )
        work.run(
            f"""INSERT INTO authorizations_episode (organisation_id, contract_id, episode_ref, {columns}, source,
                                                    feed_run_id)
                SELECT %(organisation)s, %(contract)s, episode_ref, {columns}, 'feed', %(run)s
                  FROM {PLAN} WHERE verdict = 'new' ORDER BY row_number"""
        )

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return work.rows(
            f"""SELECT date_trunc('month', least(starts_on, was_starts_on))::date, count(*)
                  FROM {PLAN} WHERE verdict <> 'unchanged' GROUP BY 1 ORDER BY 1"""
        )

    def _resolve(self, work: Work) -> None:
        """`feed_met`: each staged row beside the member, what the terms of its first day say, and its episode."""
        episodic = [
            (service.code, start, before or date.max)
            for version, start, before in governed(work.terms)
            for service in version.document.services
            if service.episodic
        ]
        work.run("DROP TABLE IF EXISTS feed_met")
        work.run(
            """CREATE TEMP TABLE feed_met ON COMMIT DROP AS
               SELECT s.row_number, m.id AS member_id, t.code IS NOT NULL AS declared, e.code IS NOT NULL AS episodic,
                      known.id AS episode_id,
                      -- an early end that was set here stays where the stated window holds it
                      CASE WHEN known.ended_early_on >= s.starts_on AND known.ended_early_on < s.ends_before
                           THEN known.ended_early_on ELSE s.ends_before END AS over_on
                 FROM feed_stage s
                 LEFT JOIN eligibility_member m
                        ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
                 LEFT JOIN feed_term t ON t.what = 'service' AND t.code = s.service AND t.starts_on <= s.starts_on
                                      AND (t.ends_before IS NULL OR t.ends_before > s.starts_on)
                 LEFT JOIN unnest(%(codes)s::text[], %(starts)s::date[], %(ends)s::date[])
                        AS e (code, starts_on, ends_before)
                        ON e.code = s.service AND e.starts_on <= s.starts_on AND e.ends_before > s.starts_on
                 LEFT JOIN authorizations_episode known
                        ON known.contract_id = %(contract)s AND known.episode_ref = s.episode_ref""",
            codes=[code for code, _start, _before in episodic],
            starts=[start for _code, start, _before in episodic],
            ends=[before for _code, _start, before in episodic],
        )
        work.run("ANALYZE feed_met")

    def _mark_rows(self, work: Work) -> None:
        """Every fault that one row has by itself."""
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT s.row_number, fault.column_name, fault.code, coalesce(fault.detail, '{}')
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                CROSS JOIN LATERAL (VALUES
                      ('member_ref', CASE WHEN m.member_id IS NULL THEN 'unknown_member' END, NULL::jsonb),
                      ('service', CASE WHEN NOT m.declared THEN 'unknown_code'
                                       WHEN NOT m.episodic THEN 'not_episodic' END,
                       CASE WHEN NOT m.declared THEN jsonb_build_object('what', 'service', 'on', s.starts_on) END),
                      ('to', CASE WHEN s.ends_before <= s.starts_on THEN 'ends_before_it_starts' END, NULL),
                      ('units', CASE WHEN s.units <= 0 THEN 'not_positive' END, NULL),
                      ('decided_on', CASE WHEN s.decided_on > %(today)s THEN 'in_the_future' END, NULL)
                      ) AS fault (column_name, code, detail)
                WHERE fault.code IS NOT NULL"""
        )

    def _mark_repeated(self, work: Work) -> None:
        """A reference twice in one file: alike is said once, different is refused in every row."""
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT s.row_number, 'episode_ref', 'twice',
                      jsonb_build_object('row', CASE WHEN s.row_number = o.first THEN o.last ELSE o.first END)
                 FROM feed_stage s
                 JOIN (SELECT episode_ref, min(row_number) AS first, max(row_number) AS last
                         FROM feed_stage
                        GROUP BY episode_ref
                       HAVING count(DISTINCT to_jsonb(feed_stage) - 'row_number') > 1) o USING (episode_ref)"""
        )

    def _mark_overlapping_rows(self, work: Work) -> None:
        """Fault both of two rows of one member and service whose days overlap, each naming the first such other."""
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT s.row_number, 'from', 'overlaps_row', jsonb_build_object('row', min(o.row_number))
                 FROM (SELECT * FROM feed_stage JOIN feed_met USING (row_number)) s
                 JOIN (SELECT * FROM feed_stage JOIN feed_met USING (row_number)) o
                   ON o.member_ref = s.member_ref AND o.service = s.service AND o.episode_ref <> s.episode_ref
                  AND s.starts_on < o.over_on AND o.starts_on < s.over_on
                WHERE s.starts_on < s.over_on AND o.starts_on < o.over_on
                GROUP BY s.row_number"""
        )

    def _mark_overlapping_episodes(self, work: Work) -> int:
        """Fault good rows that overlap an episode which stays as it is. How many were found this time."""
        return work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, detail)
               SELECT DISTINCT ON (s.row_number) s.row_number, 'from',
                      CASE e.source WHEN 'product' THEN 'made_here' ELSE 'overlaps_episode' END,
                      jsonb_build_object('episode', e.episode_ref, 'first', e.starts_on)
                 FROM feed_stage s
                 JOIN feed_met m USING (row_number)
                 JOIN authorizations_episode e
                   ON e.contract_id = %(contract)s AND e.member_id = m.member_id AND e.service = s.service
                  AND e.episode_ref <> s.episode_ref
                  AND s.starts_on < coalesce(e.ended_early_on, e.ends_before) AND e.starts_on < m.over_on
                  AND e.starts_on < coalesce(e.ended_early_on, e.ends_before)
                WHERE s.starts_on < m.over_on
                  AND NOT EXISTS (SELECT FROM feed_fault f WHERE f.row_number = s.row_number)
                  AND NOT EXISTS (
                      SELECT
                        FROM feed_met restated
                       WHERE restated.episode_id = e.id
                         AND NOT EXISTS (SELECT FROM feed_fault f WHERE f.row_number = restated.row_number))
                ORDER BY s.row_number, e.starts_on"""
        )

    def _plan(self, work: Work) -> None:
        """Every good row as the episode that it would become, with a verdict."""
        work.run(f"DROP TABLE IF EXISTS {PLAN}")
        work.run(
            f"""CREATE TEMP TABLE {PLAN} ON COMMIT DROP AS
                SELECT g.row_number, g.episode_ref, g.member_ref, m.member_id, m.episode_id, g.service, g.units,
                       g.starts_on, g.ends_before, g.decided_on, g.decided_by, g.rationale,
                       e.starts_on AS was_starts_on,
                       CASE WHEN row_number() OVER (PARTITION BY g.episode_ref ORDER BY g.row_number) > 1
                            THEN 'unchanged'
                            WHEN e.id IS NULL THEN 'new'
                            WHEN (m.member_id, g.service, g.units, g.starts_on, g.ends_before, g.decided_on,
                                  g.decided_by, g.rationale)
                                 IS DISTINCT FROM
                                 (e.member_id, e.service, e.units, e.starts_on, e.ends_before, e.decided_on,
                                  e.decided_by, e.rationale)
                            THEN 'changed' ELSE 'unchanged' END AS verdict
                  FROM feed_good g
                  JOIN feed_met m USING (row_number)
                  LEFT JOIN authorizations_episode e ON e.id = m.episode_id"""
        )
        work.run(f"ANALYZE {PLAN}")
