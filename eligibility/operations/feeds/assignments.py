"""Who looks after the members of a roster: its optional columns `practitioner` and `team`, dated like its coverage.

A lead that was ever set in the product is the product's: a roster leaves that member's assignments alone. A column that
the file does not have keeps what stands.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from contracts.operations.feeds.kinds import Change
from contracts.operations.feeds.work import Work
from eligibility.operations.feeds import spans

TABLE = "eligibility_assignment"
PLAN = "assignment_plan"
LED_HERE = """SELECT led.member_id FROM eligibility_assignment led
               WHERE led.organisation_id = %(organisation)s AND led.kind = 'lead' AND led.source = 'product'"""


def plan(work: Work) -> None:
    """`assignment_plan`, empty where the file has neither column."""
    named = {"practitioner", "team"} & work.present
    work.run("DROP TABLE IF EXISTS feed_assigned")
    work.run(
        f"""CREATE TEMP TABLE feed_assigned ON COMMIT DROP AS
            SELECT s.row_number, s.member_ref, s.member_id, s.starts_on, s.ends_before, s.practitioner, s.team
              FROM feed_stated s
             WHERE {bool(named)} AND (s.member_id IS NULL OR s.member_id NOT IN ({LED_HERE}))"""
    )
    spans.make(
        work,
        spans.SpanPlan(
            plan=PLAN,
            stated="feed_assigned",
            # only what lies beside this contract's coverage: another contract's roster keeps its own
            former=f"""SELECT a.id, a.member_id, a.starts_on, a.ends_before, coalesce(p.reference, '') AS practitioner,
                              coalesce(t.name, '') AS team
                         FROM {TABLE} a
                         LEFT JOIN eligibility_practitioner p ON p.id = a.practitioner_id
                         LEFT JOIN eligibility_team t ON t.id = a.team_id
                         -- from the member's first covered day to the last, as it was and as it will be: comparing
                         -- each assignment with each span would take the square of their number
                         JOIN (SELECT member_id, min(least(starts_on, was_starts_on)) AS starts_on,
                                      max(greatest(CASE WHEN starts_on IS NOT NULL
                                                        THEN coalesce(ends_before, 'infinity') END,
                                                   CASE WHEN was_starts_on IS NOT NULL
                                                        THEN coalesce(was_ends_before, 'infinity') END)) AS ends_before
                                 FROM coverage_plan GROUP BY member_id) c
                           ON c.member_id = a.member_id AND a.starts_on < c.ends_before
                          AND c.starts_on < coalesce(a.ends_before, 'infinity')
                        WHERE {bool(named)} AND a.kind = 'lead' AND a.source = 'feed'
                          AND a.member_id NOT IN ({LED_HERE})""",
            attributes=(
                spans.Attribute("practitioner", kept="practitioner" not in named),
                spans.Attribute("team", kept="team" not in named),
            ),
        ),
    )
    work.run(
        f"""UPDATE {PLAN} SET verdict = 'removed', sort = 'removed'
             WHERE practitioner = '' AND team = '' AND span_id IS NOT NULL"""
    )
    work.run(f"DELETE FROM {PLAN} WHERE practitioner = '' AND team = '' AND span_id IS NULL")


def merge(work: Work) -> None:
    for table, column, name in (
        ("eligibility_practitioner", "practitioner", "reference"),
        ("eligibility_team", "team", "name"),
    ):
        values = "organisation_id, reference, name" if name == "reference" else "organisation_id, name"
        selected = "%(organisation)s, named, ''" if name == "reference" else "%(organisation)s, named"
        work.run(
            f"""INSERT INTO {table} ({values})
                SELECT {selected}
                  FROM (SELECT DISTINCT {column} AS named FROM {PLAN} WHERE verdict IN ('new', 'changed')) p
                 WHERE named <> '' AND NOT EXISTS (
                       SELECT FROM {table} known WHERE known.organisation_id = %(organisation)s
                                                   AND known.{name} = named)
                 ORDER BY named"""
        )
    spans.carry_out(
        work,
        plan=PLAN,
        table=TABLE,
        columns={
            "practitioner_id": """(SELECT known.id FROM eligibility_practitioner known
                                    WHERE known.organisation_id = %(organisation)s
                                      AND known.reference = p.practitioner)""",
            "team_id": """(SELECT known.id FROM eligibility_team known
                            WHERE known.organisation_id = %(organisation)s AND known.name = p.team)""",
        },
        fixed={"organisation_id": "%(organisation)s", "kind": "'lead'", "source": "'feed'"},
    )


def changes(work: Work) -> Iterator[Change]:
    yield from spans.changes(
        work,
        plan=PLAN,
        shown="concat_ws(', ', nullif(p.practitioner, ''), nullif(p.team, ''))",
        titles={
            "added": _("Assignments added"),
            "shortened": _("Assignments that end earlier"),
            "extended": _("Assignments that end later"),
            "moved": _("Assignments that begin on another day"),
            "restated": _("Assignments to somebody else"),
            "removed": _("Assignments removed"),
        },
    )
