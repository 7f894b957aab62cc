"""Feed `roster`: all coverage of each member it names, who they are, and optionally who looks after them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Change, Column, Counts, Type, Words
from contracts.operations.feeds.work import Work, keep_good
from eligibility.operations.feeds import assignments, spans

TABLE = "eligibility_coveragespan"
PLAN = "coverage_plan"
DEMOGRAPHICS = ("given_name", "family_name", "birth_date", "sex", "ethnicity", "language", "disability")


class Roster(spans.AboutMembers):
    name = "roster"
    order = 10
    title = _("Roster")
    lead = _("All coverage of each member that the file names, and who they are.")
    subject = "member_ref"
    void = "void"
    tables = ("eligibility_member", TABLE, assignments.TABLE)
    columns = (
        Column("member_ref", Type.REFERENCE, required=True, longest=60, hint=_("The source system's reference.")),
        Column("given_name", Type.REFERENCE, longest=100, identity=True),
        Column("family_name", Type.REFERENCE, longest=100, identity=True),
        Column("birth_date", Type.DATE, identity=True),
        Column("sex", Type.REFERENCE, longest=40, identity=True),
        Column("ethnicity", Type.REFERENCE, longest=60, identity=True),
        Column("language", Type.REFERENCE, longest=40, identity=True),
        Column("disability", Type.REFERENCE, longest=60, identity=True),
        Column("cohort", Type.REFERENCE, required=True, longest=40, hint=_("A cohort code of the contract.")),
        Column("geography", Type.REFERENCE, required=True, longest=40, hint=_("A geography code of the contract.")),
        Column("from", Type.DATE, required=True, stage="starts_on", hint=_("First day covered.")),
        Column("to", Type.LAST_DAY, stage="ends_before", hint=_("Last day covered; empty is open.")),
        Column("void", Type.YES_NO, hint=_("yes: this member has no coverage at all.")),
        Column("practitioner", Type.REFERENCE, longest=100, hint=_("Who leads, for the days of the row.")),
        Column("team", Type.REFERENCE, longest=100, hint=_("In which team, for the days of the row.")),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "overlaps_row": _("These days overlap those of row %(row)d; a member is covered once at a time."),
        "void_and_spans": _(
            "Another row states coverage of this member, and this file says void, too; keep one of them."
        ),
        "made_here": _(
            "Coverage from %(first)s on was entered in the product and overlaps these days; a feed does not change it."
        ),
    }

    def judge(self, work: Work) -> None:
        spans.mark_unknown_members(work, only_voids=True)
        spans.mark_merged(work)
        spans.mark_backward(work)
        spans.mark_contradictory_voids(work)
        spans.mark_overlaps(work)
        spans.mark_undeclared(work, column="cohort")
        spans.mark_undeclared(work, column="geography")
        spans.mark_made_here(work, table=TABLE)
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, subject)
               SELECT row_number, 'birth_date', 'in_the_future', member_ref
                 FROM feed_stage WHERE birth_date > %(today)s"""
        )
        keep_good(work)
        spans.name_members(work)
        self._plan_members(work)
        spans.make(
            work,
            spans.SpanPlan(
                plan=PLAN,
                stated="feed_stated",
                former=f"""SELECT id, member_id, starts_on, ends_before, cohort, geography FROM {TABLE}
                            WHERE contract_id = %(contract)s AND source = 'feed'
                              AND member_id IN (SELECT member_id FROM feed_named)""",
                attributes=(spans.Attribute("cohort"), spans.Attribute("geography")),
            ),
        )
        assignments.plan(work)

    def merge(self, work: Work) -> None:
        columns = ", ".join(DEMOGRAPHICS)
        stated = ", ".join(f"p.{name}" for name in DEMOGRAPHICS)
        work.run(
            f"""INSERT INTO eligibility_member (organisation_id, reference, {columns})
                SELECT %(organisation)s, p.member_ref, {stated} FROM member_plan p
                 WHERE p.verdict = 'new' ORDER BY p.member_ref"""
        )
        work.run(
            f"""UPDATE eligibility_member m SET {", ".join(f"{name} = p.{name}" for name in DEMOGRAPHICS)}
                  FROM member_plan p WHERE p.verdict = 'changed' AND p.member_id = m.id"""
        )
        spans.carry_out(
            work,
            plan=PLAN,
            table=TABLE,
            columns={"cohort": "p.cohort", "geography": "p.geography", "feed_run_id": "%(run)s"},
            fixed={"organisation_id": "%(organisation)s", "contract_id": "%(contract)s", "source": "'feed'"},
        )
        assignments.merge(work)

    def counts(self, work: Work) -> Counts:
        [(applied, good)] = work.rows(
            f"""SELECT count(*) FILTER (WHERE c.verdict <> 'unchanged' OR a.verdict <> 'unchanged'
                                           OR w.member_ref IS NOT NULL), count(*)
                  FROM feed_good g
                  LEFT JOIN {PLAN} c USING (row_number)
                  LEFT JOIN {assignments.PLAN} a USING (row_number)
                  LEFT JOIN (SELECT member_ref FROM {PLAN} WHERE verdict = 'removed'
                             UNION SELECT member_ref FROM {assignments.PLAN} WHERE verdict = 'removed'
                             UNION SELECT member_ref FROM member_plan WHERE verdict <> 'unchanged') w
                         ON w.member_ref = g.member_ref"""
        )
        return Counts(applied=applied, unchanged=good - applied)

    def changes(self, work: Work) -> Iterator[Change]:
        for verdict, title in (("new", _("New members")), ("changed", _("Members described differently"))):
            rows = work.rows(
                """SELECT member_ref, count(*) OVER () FROM member_plan WHERE verdict = %(verdict)s
                    ORDER BY member_ref LIMIT 5""",
                verdict=verdict,
            )
            if rows:
                references = tuple(row[0] for row in rows)
                yield Change(f"members_{verdict}", title, rows[0][1], references, references)
        yield from spans.changes(
            work,
            plan=PLAN,
            shown="p.cohort || ', ' || p.geography",
            titles={
                "added": _("Coverage added"),
                "shortened": _("Coverage that ends earlier"),
                "extended": _("Coverage that ends later"),
                "moved": _("Coverage that begins on another day"),
                "restated": _("Coverage in another cohort or geography"),
                "removed": _("Coverage removed"),
            },
        )
        yield from assignments.changes(work)

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return spans.months(work, PLAN)

    def _plan_members(self, work: Work) -> None:
        """`member_plan`: who is new or described differently; of several rows the one that starts last describes.

        A column that the file does not have keeps its values; a column that it has says what is, empty cells included.
        A row that voids describes nobody.
        """
        stated = {name: "s.birth_date" if name == "birth_date" else f"coalesce(s.{name}, '')" for name in DEMOGRAPHICS}
        values = ", ".join(
            f"{stated[name]} AS {name}"
            if name in work.present
            else f"CASE WHEN m.id IS NULL THEN {'NULL::date' if name == 'birth_date' else chr(39) * 2} "
            f"ELSE m.{name} END AS {name}"
            for name in DEMOGRAPHICS
        )
        differ = " OR ".join(
            f"{stated[name]} IS DISTINCT FROM m.{name}" for name in DEMOGRAPHICS if name in work.present
        )
        work.run("DROP TABLE IF EXISTS member_plan")
        work.run(
            f"""CREATE TEMP TABLE member_plan ON COMMIT DROP AS
                SELECT DISTINCT ON (s.member_ref) s.member_ref, s.member_id, {values},
                       CASE WHEN m.id IS NULL THEN 'new' WHEN {differ or "false"} THEN 'changed' ELSE 'unchanged' END
                       AS verdict
                  FROM feed_stated s LEFT JOIN eligibility_member m ON m.id = s.member_id
                 ORDER BY s.member_ref, s.starts_on DESC"""
        )
        work.run("ANALYZE member_plan")
