-- outcome_change: the outcome of a record whose outcome is not what the latest cycle said, one row per part. A record
-- that is judged no longer gets a row that says so.
CREATE TEMP TABLE outcome_change ON COMMIT DROP AS
WITH differing AS (
    SELECT DISTINCT activity_id
      FROM (SELECT activity_id
              FROM (SELECT 1 AS told, judged.* FROM judged
                    UNION ALL
                    SELECT -1, latest_outcome.* FROM latest_outcome WHERE code <> 'not_judged') AS side (
                    told, activity_id, member_id, service, service_month, occurred_on, code, quantity, amount)
             GROUP BY activity_id, member_id, service, service_month, occurred_on, code, quantity, amount
            HAVING sum(told) <> 0) AS part
)
SELECT judged.*
  FROM judged
  JOIN differing USING (activity_id)
UNION ALL
SELECT work.id, work.member_id, work.service, date_trunc('month', work.occurred_on)::date, work.occurred_on,
       'not_judged', 0, 0
  FROM differing
  JOIN baseline_activity AS work ON work.id = differing.activity_id
 WHERE NOT EXISTS (SELECT FROM judged WHERE judged.activity_id = differing.activity_id);
