"""Replace a member's fed spans by the ones a file states, with as few changes as it takes.

A stated span takes the row that starts on its day, else the row that ends on its day; what is then the same stays
untouched, what differs is updated, what has no partner is added or removed. Shortening, moving, splitting and merging
are all this one comparison.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contracts.operations.feeds.kinds import Change, FeedKind, Words
from contracts.operations.feeds.work import Work, last_day
from eligibility.models import Member

EXAMPLES = 5
Days = tuple[date | None, date | None]  # starts_on and ends_before
NOT_THERE: Days = (None, None)


@dataclass(frozen=True)
class Attribute:
    """What a span says beside its days. `kept`: the file does not say it, so a row that stays keeps its own."""

    name: str
    kept: bool = False
    empty: str = "''"  # SQL of what an empty cell, or a column that is not there, means in a new row


@dataclass(frozen=True)
class SpanPlan:
    """`plan` is the temporary table to make; `stated` one that has row_number, member_ref, member_id, the days and the
    attributes; `former` SQL of the rows that may be replaced: id, member_id, the days and the attributes.
    """

    plan: str
    stated: str
    former: str
    attributes: Sequence[Attribute]


def make(work: Work, spans: SpanPlan) -> None:
    """Plan: one row per stated span (new, changed, unchanged) and one per row to remove.

    `bears_from` is the first day on which anything is different afterwards.
    """
    values = {each.name: _value(each) for each in spans.attributes}
    new = ", ".join(f"{value} AS {name}" for name, value in values.items())
    old = ", ".join(f"e.{name}" for name in values)
    differ = " OR ".join(f"{value} IS DISTINCT FROM e.{name}" for name, value in values.items())
    former = f"{spans.plan}_former"
    work.run(f"DROP TABLE IF EXISTS {spans.plan}, {former}")
    work.run(f"CREATE TEMP TABLE {former} ON COMMIT DROP AS {spans.former}")
    work.run(f"ANALYZE {former}")
    work.run(
        f"""CREATE TEMP TABLE {spans.plan} ON COMMIT DROP AS
            WITH by_start AS MATERIALIZED (
                SELECT d.row_number, e.id FROM {spans.stated} d
                  JOIN {former} e ON e.member_id = d.member_id AND e.starts_on = d.starts_on),
            by_end AS MATERIALIZED (
                SELECT d.row_number, e.id FROM {spans.stated} d
                  JOIN {former} e ON e.member_id = d.member_id
                   AND coalesce(e.ends_before, 'infinity') = coalesce(d.ends_before, 'infinity')
                 WHERE NOT EXISTS (SELECT FROM by_start b WHERE b.row_number = d.row_number)
                   AND NOT EXISTS (SELECT FROM by_start b WHERE b.id = e.id)),
            matched AS MATERIALIZED (SELECT * FROM by_start UNION ALL SELECT * FROM by_end)
            SELECT d.row_number, d.member_ref, d.member_id, e.id AS span_id, d.starts_on, d.ends_before,
                   e.starts_on AS was_starts_on, e.ends_before AS was_ends_before, {new},
                   CASE WHEN e.id IS NULL THEN 'new'
                        WHEN d.starts_on <> e.starts_on OR d.ends_before IS DISTINCT FROM e.ends_before OR {differ}
                        THEN 'changed' ELSE 'unchanged' END AS verdict,
                   CASE WHEN e.id IS NULL THEN 'added'
                        WHEN d.starts_on <> e.starts_on THEN 'moved'
                        WHEN d.ends_before IS DISTINCT FROM e.ends_before THEN
                             CASE WHEN coalesce(d.ends_before, 'infinity') < coalesce(e.ends_before, 'infinity')
                                  THEN 'shortened' ELSE 'extended' END
                        WHEN {differ} THEN 'restated' END AS sort,
                   CASE WHEN e.id IS NULL THEN d.starts_on
                        WHEN d.starts_on <> e.starts_on OR {differ} THEN least(d.starts_on, e.starts_on)
                        WHEN d.ends_before IS DISTINCT FROM e.ends_before THEN least(d.ends_before, e.ends_before)
                   END AS bears_from
              FROM {spans.stated} d
              LEFT JOIN matched m ON m.row_number = d.row_number
              LEFT JOIN {former} e ON e.id = m.id
            UNION ALL
            SELECT NULL, r.reference, e.member_id, e.id, NULL, NULL, e.starts_on, e.ends_before, {old},
                   'removed', 'removed', e.starts_on
              FROM {former} e JOIN eligibility_member r ON r.id = e.member_id
             WHERE NOT EXISTS (SELECT FROM matched m WHERE m.id = e.id)"""
    )
    work.run(f"ANALYZE {spans.plan}")


def _value(attribute: Attribute) -> str:
    if attribute.kept:
        return f"CASE WHEN e.id IS NULL THEN {attribute.empty} ELSE e.{attribute.name} END"
    return f"coalesce(d.{attribute.name}, {attribute.empty})"


def carry_out(work: Work, *, plan: str, table: str, columns: dict[str, str], fixed: dict[str, str]) -> None:
    """Delete, update and insert what the plan says.

    `columns` maps columns of `table` to SQL over the plan's row `p`; `fixed` does so for what only a new row gets.
    The exclusion constraints look at the end of the transaction only, so the order of statements does not matter.
    """
    written = {"starts_on": "p.starts_on", "ends_before": "p.ends_before", **columns}
    work.run(
        f"""UPDATE {plan} p SET member_id = r.id FROM eligibility_member r
             WHERE p.member_id IS NULL AND r.organisation_id = %(organisation)s AND r.reference = p.member_ref"""
    )
    work.run(f"DELETE FROM {table} t USING {plan} p WHERE p.verdict = 'removed' AND p.span_id = t.id")
    work.run(
        f"""UPDATE {table} t SET {", ".join(f"{name} = {value}" for name, value in written.items())}
              FROM {plan} p WHERE p.verdict = 'changed' AND p.span_id = t.id"""
    )
    inserted = {"member_id": "p.member_id", **written, **fixed}
    work.run(
        f"""INSERT INTO {table} ({", ".join(inserted)})
            SELECT {", ".join(inserted.values())} FROM {plan} p WHERE p.verdict = 'new' ORDER BY p.row_number"""
    )


def changes(work: Work, *, plan: str, shown: str, titles: dict[str, Words]) -> Iterator[Change]:
    """What the plan does, by sort, with the first few members of each. `shown` is SQL of a plan row's attributes."""
    rows = work.rows(
        f"""SELECT sort, total, member_ref, starts_on, ends_before, was_starts_on, was_ends_before, shown
              FROM (SELECT p.*, {shown} AS shown, count(*) OVER (PARTITION BY sort) AS total,
                           row_number() OVER (PARTITION BY sort ORDER BY member_ref, starts_on) AS place
                      FROM {plan} p WHERE sort IS NOT NULL) ranked
             WHERE place <= {EXAMPLES} ORDER BY sort, place"""
    )
    for sort, title in titles.items():
        found = [row for row in rows if row[0] == sort]
        if found:
            yield Change(
                f"{plan}_{sort}",
                title,
                found[0][1],
                tuple(_example(row[2], row[3:5], row[5:7], row[7]) for row in found),
                tuple(row[2] for row in found),
            )


def _example(member_ref: str, days: Days, was: Days, shown: str) -> str:
    parts = [_days(*span) for span in (was, days if days != was else NOT_THERE) if span[0] is not None]
    return f"{member_ref}: {' → '.join(parts)} ({shown})"


def _days(starts_on: date | None, ends_before: date | None) -> str:
    last = last_day(ends_before)
    return _("%(first)s to %(last)s") % {
        "first": starts_on,
        "last": last if last else pgettext("end of a span", "open"),
    }


def months(work: Work, *plans: str) -> list[tuple[date, int]]:
    """(first of month, changes) by the month from which each change bears."""
    union = " UNION ALL ".join(f"SELECT bears_from FROM {plan} WHERE bears_from IS NOT NULL" for plan in plans)
    return work.rows(
        f"""SELECT date_trunc('month', bears_from)::date, count(*) FROM ({union}) AS changed
             GROUP BY 1 ORDER BY 1"""
    )


class AboutMembers(FeedKind):
    """A kind whose rows name members of the provider."""

    def member_ids(self, organisation_id: int, references: Collection[str]) -> list[int]:
        named = Member.objects.filter(organisation_id=organisation_id, reference__in=references)
        return list(named.values_list("pk", flat=True))


def mark_overlaps(work: Work) -> None:
    """Fault both of two rows that state overlapping days of one member, each naming the other."""
    work.run(
        """INSERT INTO feed_fault (row_number, column_name, code, detail, subject)
           SELECT row_number, 'from', 'overlaps_row', jsonb_build_object('row', coalesce(earlier, later)), member_ref
             FROM (SELECT row_number, member_ref,
                          CASE WHEN furthest[1] > starts THEN furthest[2] END AS earlier,
                          CASE WHEN next_starts < ends THEN next_row END AS later
                     FROM (SELECT row_number, member_ref, starts, ends,
                                  max(ARRAY[ends, row_number]) OVER (before ROWS BETWEEN UNBOUNDED PRECEDING
                                                                                     AND 1 PRECEDING) AS furthest,
                                  lead(starts) OVER before AS next_starts,
                                  lead(row_number) OVER before AS next_row
                             FROM (SELECT row_number, member_ref, (starts_on - DATE '2000-01-01')::bigint AS starts,
                                          (coalesce(ends_before, DATE '9999-12-31') - DATE '2000-01-01')::bigint AS ends
                                     FROM feed_stage WHERE void IS NOT TRUE
                                      AND (ends_before IS NULL OR ends_before > starts_on)) AS days
                           WINDOW before AS (PARTITION BY member_ref ORDER BY starts, row_number)) AS beside) AS judged
            WHERE coalesce(earlier, later) IS NOT NULL"""
    )


def mark_backward(work: Work) -> None:
    """Fault rows whose last day lies before their first."""
    work.run(
        """INSERT INTO feed_fault (row_number, column_name, code, subject)
           SELECT row_number, 'to', 'ends_before_it_starts', member_ref
             FROM feed_stage WHERE void IS NOT TRUE AND ends_before <= starts_on"""
    )


def mark_contradictory_voids(work: Work) -> None:
    """Fault all rows of a member of whom one row says that there is no span and another states one."""
    work.run(
        """INSERT INTO feed_fault (row_number, column_name, code, subject)
           SELECT s.row_number, 'void', 'void_and_spans', s.member_ref
             FROM feed_stage s
             JOIN (SELECT member_ref FROM feed_stage GROUP BY member_ref
                   HAVING bool_or(void IS TRUE) AND bool_or(void IS NOT TRUE)) torn USING (member_ref)"""
    )


def mark_unknown_members(work: Work, *, only_voids: bool) -> None:
    """Fault rows about a member whom the provider does not have."""
    work.run(
        """INSERT INTO feed_fault (row_number, column_name, code, subject)
           SELECT s.row_number, 'member_ref', 'unknown_member', s.member_ref
             FROM feed_stage s
             LEFT JOIN eligibility_member m
                    ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
            WHERE m.id IS NULL AND (s.void IS TRUE OR NOT %(only_voids)s)""",
        only_voids=only_voids,
    )


def mark_merged(work: Work) -> None:
    """Fault rows about a member who lives on as another: their days would be counted twice."""
    work.run(
        """INSERT INTO feed_fault (row_number, column_name, code, detail, subject)
           SELECT s.row_number, 'member_ref', 'merged', jsonb_build_object('kept', k.reference), s.member_ref
             FROM feed_stage s
             JOIN eligibility_member m ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
             JOIN eligibility_membermerge one ON one.merged_id = m.id AND one.undone_at IS NULL
             JOIN eligibility_member k ON k.id = one.kept_id"""
    )


def mark_undeclared(work: Work, *, column: str) -> None:
    """Fault rows whose code is not declared by the terms that govern the span's first day."""
    work.run(
        f"""INSERT INTO feed_fault (row_number, column_name, code, detail, subject)
            SELECT s.row_number, %(what)s, 'unknown_code',
                   jsonb_build_object('what', %(what)s, 'on', s.starts_on), s.member_ref
              FROM feed_stage s
              LEFT JOIN feed_term t ON t.what = %(what)s AND t.code = s.{column} AND t.starts_on <= s.starts_on
                                   AND (t.ends_before IS NULL OR t.ends_before > s.starts_on)
             WHERE s.void IS NOT TRUE AND t.code IS NULL""",
        what=column,
    )


def mark_made_here(work: Work, *, table: str) -> None:
    """Fault rows whose days overlap a span that was made in the product."""
    work.run(
        f"""INSERT INTO feed_fault (row_number, column_name, code, detail, subject)
            SELECT DISTINCT ON (s.row_number) s.row_number, 'from', 'made_here',
                   jsonb_build_object('first', t.starts_on, 'before', t.ends_before), s.member_ref
              FROM feed_stage s
              JOIN eligibility_member m ON m.organisation_id = %(organisation)s AND m.reference = s.member_ref
              JOIN {table} t ON t.contract_id = %(contract)s AND t.member_id = m.id AND t.source = 'product'
             WHERE s.void IS NOT TRUE
               AND s.starts_on < coalesce(t.ends_before, 'infinity')
               AND t.starts_on < coalesce(s.ends_before, 'infinity')
             ORDER BY s.row_number, t.starts_on"""
    )


def name_members(work: Work) -> None:
    """`feed_named`: the members whom good rows are about, with their ids (none yet: NULL), and their stated spans."""
    work.run("DROP TABLE IF EXISTS feed_named, feed_stated")
    work.run(
        """CREATE TEMP TABLE feed_named ON COMMIT DROP AS
           SELECT DISTINCT g.member_ref, m.id AS member_id
             FROM feed_good g
             LEFT JOIN eligibility_member m ON m.organisation_id = %(organisation)s AND m.reference = g.member_ref"""
    )
    work.run("ANALYZE feed_named")
    work.run(
        """CREATE TEMP TABLE feed_stated ON COMMIT DROP AS
           SELECT g.*, n.member_id FROM feed_good g JOIN feed_named n USING (member_ref) WHERE g.void IS NOT TRUE"""
    )
    work.run("ANALYZE feed_stated")
