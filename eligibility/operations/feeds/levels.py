"""Feed `levels`: all level spans of each member it names, as decided elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Change, Column, Counts, Type, Words
from contracts.operations.feeds.work import Work, keep_good
from eligibility.operations.feeds import spans

TABLE = "eligibility_levelspan"
PLAN = "level_plan"


class Levels(spans.AboutMembers):
    name = "levels"
    order = 20
    title = _("Levels")
    lead = _("All levels of each member that the file names, with who decided them and why.")
    subject = "member_ref"
    void = "void"
    tables = (TABLE,)
    columns = (
        Column("member_ref", Type.REFERENCE, required=True, longest=60, hint=_("The source system's reference.")),
        Column("level", Type.REFERENCE, required=True, longest=40, hint=_("A level code of the contract.")),
        Column("from", Type.DATE, required=True, stage="starts_on", hint=_("First day.")),
        Column("to", Type.LAST_DAY, stage="ends_before", hint=_("Last day; empty is open.")),
        Column("void", Type.YES_NO, hint=_("yes: this member has no fed level at all.")),
        Column("decided_on", Type.DATE, required=True),
        Column("decided_by", Type.REFERENCE, required=True, longest=200),
        Column("rationale", Type.TEXT, required=True, longest=10_000),
        Column("instrument", Type.REFERENCE, longest=60),
        Column("score", Type.DECIMAL, digits=7, places=3, negative=True),
    )
    sentences: ClassVar[dict[str, Words]] = {
        "overlaps_row": _("These days overlap those of row %(row)d; a member has one level at a time."),
        "void_and_spans": _(
            "Another row states a level of this member, and this file says void, too; keep one of them."
        ),
        "made_here": _(
            "A level from %(first)s on was decided in the product and overlaps these days; a feed does not change it."
        ),
    }

    def judge(self, work: Work) -> None:
        spans.mark_unknown_members(work, only_voids=False)
        spans.mark_merged(work)
        spans.mark_backward(work)
        spans.mark_contradictory_voids(work)
        spans.mark_overlaps(work)
        spans.mark_undeclared(work, column="level")
        spans.mark_made_here(work, table=TABLE)
        work.run(
            """INSERT INTO feed_fault (row_number, column_name, code, subject)
               SELECT row_number, 'decided_on', 'in_the_future', member_ref
                 FROM feed_stage WHERE void IS NOT TRUE AND decided_on > %(today)s"""
        )
        keep_good(work)
        spans.name_members(work)
        spans.make(
            work,
            spans.SpanPlan(
                plan=PLAN,
                stated="feed_stated",
                former=f"""SELECT id, member_id, starts_on, ends_before, level, decided_on, decided_by, rationale,
                                  instrument, score
                             FROM {TABLE}
                            WHERE contract_id = %(contract)s AND source = 'feed'
                              AND member_id IN (SELECT member_id FROM feed_named)""",
                attributes=(
                    spans.Attribute("level"),
                    spans.Attribute("decided_on", empty="NULL"),
                    spans.Attribute("decided_by"),
                    spans.Attribute("rationale"),
                    spans.Attribute("instrument", kept="instrument" not in work.present),
                    spans.Attribute("score", kept="score" not in work.present, empty="NULL"),
                ),
            ),
        )

    def merge(self, work: Work) -> None:
        spans.carry_out(
            work,
            plan=PLAN,
            table=TABLE,
            columns={
                "level": "p.level",
                "decided_on": "p.decided_on",
                "decided_by": "p.decided_by",
                "rationale": "p.rationale",
                "instrument": "p.instrument",
                "score": "p.score",
                "feed_run_id": "%(run)s",
            },
            fixed={"organisation_id": "%(organisation)s", "contract_id": "%(contract)s", "source": "'feed'"},
        )

    def counts(self, work: Work) -> Counts:
        [(applied, good)] = work.rows(
            f"""SELECT count(*) FILTER (WHERE p.verdict <> 'unchanged' OR w.member_ref IS NOT NULL), count(*)
                  FROM feed_good g
                  LEFT JOIN {PLAN} p USING (row_number)
                  LEFT JOIN (SELECT DISTINCT member_ref FROM {PLAN} WHERE verdict = 'removed') w
                         ON w.member_ref = g.member_ref"""
        )
        return Counts(applied=applied, unchanged=good - applied)

    def changes(self, work: Work) -> Iterator[Change]:
        yield from spans.changes(
            work,
            plan=PLAN,
            shown="p.level",
            titles={
                "added": _("Levels added"),
                "shortened": _("Levels that end earlier"),
                "extended": _("Levels that end later"),
                "moved": _("Levels that begin on another day"),
                "restated": _("Levels stated differently on the same days"),
                "removed": _("Levels removed"),
            },
        )

    def months(self, work: Work) -> Sequence[tuple[date, int]]:
        return spans.months(work, PLAN)
