-- A row: one group of the members whose follow-ups fell due in a time, told apart by `kind`, with how many were done
-- in time, done late and are open. Cancelled ones and those whose cause was taken back are counted apart.
WITH due AS (
    SELECT f.*, c.cohort, c.geography, l.team_id, l.practitioner_id,
           f.status IN ('cancelled', 'withdrawn') AS apart,
           f.completed_on IS NOT NULL AND f.completed_on <= f.due_on AS in_time,
           f.completed_on IS NOT NULL AND f.completed_on > f.due_on AS late
      FROM baseline_followup f
      LEFT JOIN eligibility_coveragespan c ON c.member_id = f.member_id AND c.contract_id = f.contract_id
                                          AND c.starts_on <= f.happened_on
                                          AND (c.ends_before IS NULL OR c.ends_before > f.happened_on)
      LEFT JOIN eligibility_assignment l ON l.member_id = f.member_id AND l.kind = 'lead'
                                        AND l.starts_on <= f.due_on
                                        AND (l.ends_before IS NULL OR l.ends_before > f.due_on)
     WHERE f.contract_id = %(contract)s AND f.due_on >= %(starts)s AND f.due_on < %(before)s)
SELECT CASE WHEN grouping(cause) = 0 THEN 'cause' WHEN grouping(service) = 0 THEN 'service'
            WHEN grouping(cohort) = 0 THEN 'cohort' WHEN grouping(geography) = 0 THEN 'geography'
            WHEN grouping(team_id) = 0 THEN 'team' WHEN grouping(practitioner_id) = 0 THEN 'practitioner'
            ELSE 'all' END AS kind,
       CASE WHEN grouping(cause) = 0 THEN cause WHEN grouping(service) = 0 THEN service
            WHEN grouping(cohort) = 0 THEN cohort WHEN grouping(geography) = 0 THEN geography
            WHEN grouping(team_id) = 0 THEN team_id::text
            WHEN grouping(practitioner_id) = 0 THEN practitioner_id::text END AS key,
       count(*) FILTER (WHERE NOT apart) AS due, count(*) FILTER (WHERE NOT apart AND in_time) AS in_time,
       count(*) FILTER (WHERE NOT apart AND late) AS late,
       count(*) FILTER (WHERE NOT apart AND completed_on IS NULL) AS waiting, count(*) FILTER (WHERE apart) AS apart
  FROM due
 GROUP BY GROUPING SETS ((), (cause), (service), (cohort), (geography), (team_id), (practitioner_id))
 ORDER BY 1, 2
