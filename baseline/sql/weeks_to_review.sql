-- A row: one week of one team (0: members whom no team leads) that has somebody covered and is not signed in both
-- parts. A team's week stops at the first member found; the days on which members have no team are worked out once.
WITH week AS (
    SELECT monday::date, monday::date + 7 AS before
      FROM generate_series(%(first)s::date, %(last)s::date, '7 days') AS monday),
signed AS (
    SELECT r.team_id, r.week FROM baseline_caseloadreview r
     WHERE r.contract_id = %(contract)s
       AND (SELECT count(*) FROM baseline_reviewsignature s WHERE s.review_id = r.id) = 2),
unled AS MATERIALIZED (
    SELECT c.covered - coalesce(l.led, '{}') AS days
      FROM (SELECT member_id, range_agg(daterange(starts_on, ends_before)) AS covered
              FROM eligibility_coveragespan WHERE contract_id = %(contract)s GROUP BY member_id) c
      LEFT JOIN (SELECT member_id, range_agg(daterange(starts_on, ends_before)) AS led
                   FROM eligibility_assignment
                  WHERE organisation_id = %(organisation)s AND kind = 'lead' AND team_id IS NOT NULL
                  GROUP BY member_id) l USING (member_id)
     WHERE c.covered - coalesce(l.led, '{}') <> '{}')
SELECT week.monday, team.id AS team
  FROM week
 CROSS JOIN eligibility_team team
 WHERE team.organisation_id = %(organisation)s
   AND NOT EXISTS (SELECT FROM signed WHERE signed.team_id = team.id AND signed.week = week.monday)
   AND EXISTS (
       SELECT FROM eligibility_assignment a
         JOIN eligibility_coveragespan c ON c.member_id = a.member_id AND c.contract_id = %(contract)s
        WHERE a.organisation_id = %(organisation)s AND a.team_id = team.id AND a.kind = 'lead'
          AND c.starts_on < week.before AND (c.ends_before IS NULL OR c.ends_before > week.monday)
          AND a.starts_on < least(c.ends_before, week.before)
          AND (a.ends_before IS NULL OR a.ends_before >= least(c.ends_before, week.before)))
UNION ALL
SELECT week.monday, 0
  FROM week
 WHERE NOT EXISTS (SELECT FROM signed WHERE signed.team_id IS NULL AND signed.week = week.monday)
   AND EXISTS (SELECT FROM unled WHERE unled.days @> (week.before - 1))
 ORDER BY 1, 2
