-- A row: one group of a time, told apart by `kind`, with its covered days and the complaints and safety signals of its
-- members. Cohort, geography and level of care are those of the day, the team is the one that led on it.
WITH provisional AS (
    SELECT * FROM unnest(%(provisional_from)s::date[], %(provisional_before)s::date[], %(provisional_level)s::text[])
               AS t (starts_on, ends_before, level)),
cover AS (
    SELECT member_id, cohort, geography, greatest(starts_on, %(starts)s::date) AS starts_on,
           least(ends_before, %(before)s::date) AS ends_before
      FROM eligibility_coveragespan
     WHERE contract_id = %(contract)s AND starts_on < %(before)s AND (ends_before IS NULL OR ends_before > %(starts)s)),
decided AS (
    SELECT member_id, level, starts_on, lead(starts_on) OVER (PARTITION BY member_id ORDER BY starts_on) AS ends_before,
           min(starts_on) OVER (PARTITION BY member_id) AS first_on
      FROM eligibility_levelspan WHERE contract_id = %(contract)s),
care AS (
    -- the level of care over time: a decided level stands until the next one, and before the first the provisional
    SELECT member_id, level, starts_on, ends_before FROM decided
    UNION ALL
    SELECT c.member_id, p.level, p.starts_on, least(p.ends_before, c.first_on)
      FROM (SELECT cover.member_id, min(decided.first_on) AS first_on
              FROM cover LEFT JOIN decided USING (member_id) GROUP BY cover.member_id) c
      JOIN provisional p ON p.level IS NOT NULL AND (c.first_on IS NULL OR p.starts_on < c.first_on)),
led AS (
    SELECT a.team_id, sum(least(c.ends_before, a.ends_before) - greatest(c.starts_on, a.starts_on)) AS days
      FROM cover c
      JOIN eligibility_assignment a ON a.member_id = c.member_id AND a.kind = 'lead' AND a.team_id IS NOT NULL
       AND a.starts_on < c.ends_before AND (a.ends_before IS NULL OR a.ends_before > c.starts_on)
     GROUP BY a.team_id),
happened AS (
    SELECT e.kind AS what, e.severity, e.closed_on, e.due_on, e.team_id, c.cohort, c.geography, l.level
      FROM baseline_event e
      LEFT JOIN cover c ON c.member_id = e.member_id AND e.occurred_on >= c.starts_on AND e.occurred_on < c.ends_before
      LEFT JOIN care l ON l.member_id = e.member_id AND e.occurred_on >= l.starts_on
                      AND (l.ends_before IS NULL OR e.occurred_on < l.ends_before)
     WHERE e.contract_id = %(contract)s AND e.occurred_on >= %(starts)s AND e.occurred_on < %(before)s),
part AS (
    SELECT 'all' AS kind, NULL AS key, ends_before - starts_on AS days, 0 AS complaints, 0 AS safety, 0 AS severe,
           0 AS waiting, 0 AS late
      FROM cover
    UNION ALL
    SELECT 'cohort', cohort, ends_before - starts_on, 0, 0, 0, 0, 0 FROM cover
    UNION ALL
    SELECT 'geography', geography, ends_before - starts_on, 0, 0, 0, 0, 0 FROM cover
    UNION ALL
    SELECT 'level', l.level, least(c.ends_before, l.ends_before) - greatest(c.starts_on, l.starts_on), 0, 0, 0, 0, 0
      FROM cover c
      JOIN care l ON l.member_id = c.member_id AND l.starts_on < c.ends_before
                 AND (l.ends_before IS NULL OR l.ends_before > c.starts_on)
    UNION ALL
    SELECT 'team', team_id::text, days, 0, 0, 0, 0, 0 FROM led
    UNION ALL
    SELECT 'team', NULL, coalesce((SELECT sum(ends_before - starts_on) FROM cover), 0)
                         - coalesce((SELECT sum(days) FROM led), 0), 0, 0, 0, 0, 0
    UNION ALL
    SELECT CASE WHEN grouping(cohort) = 0 THEN 'cohort' WHEN grouping(geography) = 0 THEN 'geography'
                WHEN grouping(level) = 0 THEN 'level' WHEN grouping(team_id) = 0 THEN 'team' ELSE 'all' END,
           CASE WHEN grouping(cohort) = 0 THEN cohort WHEN grouping(geography) = 0 THEN geography
                WHEN grouping(level) = 0 THEN level WHEN grouping(team_id) = 0 THEN team_id::text END,
           0, count(*) FILTER (WHERE what = 'complaint'), count(*) FILTER (WHERE what = 'safety'),
           count(*) FILTER (WHERE severity = 'severe'), count(*) FILTER (WHERE closed_on IS NULL),
           count(*) FILTER (WHERE closed_on IS NULL AND due_on < %(today)s)
      FROM happened
     GROUP BY GROUPING SETS ((), (cohort), (geography), (level), (team_id)))
SELECT kind, key, sum(days)::int AS days, sum(complaints)::int AS complaints, sum(safety)::int AS safety,
       sum(severe)::int AS severe, sum(waiting)::int AS waiting, sum(late)::int AS late
  FROM part
 GROUP BY kind, key
HAVING sum(days) > 0 OR sum(complaints + safety) > 0
 ORDER BY kind, key
