-- What is owed for the closed months, what is posted, and every difference by what explains it: a gate that holds it, the
-- look-back, or facts and terms recorded after the last close. `unexplained` must be nothing.
WITH rewritten AS (  -- members with a record of delivered work that was written since the last close
    SELECT DISTINCT member_id
      FROM baseline_historicalactivity
     WHERE contract_id = %(contract)s AND history_date > %(frozen_at)s
), explained AS (
    SELECT change.quantity, change.amount, change.component, change.service_month, change.member_id,
           CASE
               WHEN change.disposition = 'held' OR change.was_held THEN 'held by a gate'
               WHEN change.disposition = 'out_of_reach' THEN 'out of reach'
               WHEN moved.member_id IS NOT NULL OR rewritten.member_id IS NOT NULL OR was_of.member_id IS NOT NULL
                    OR reauthorised.member_id IS NOT NULL
                    THEN 'facts after the last close'
               WHEN month.service_month IS NULL OR month.signed_late THEN 'terms after the last close'
               ELSE 'unexplained'
           END AS why
      FROM change
      LEFT JOIN moved ON moved.member_id = change.member_id
      LEFT JOIN rewritten ON rewritten.member_id = change.member_id
      LEFT JOIN reauthorised ON reauthorised.member_id = change.member_id
      -- a record that passed from one member to another explains the change of both
      LEFT JOIN baseline_activity AS work ON work.id = change.activity_id
      LEFT JOIN rewritten AS was_of ON was_of.member_id = work.member_id
      LEFT JOIN term_month AS month ON month.service_month = change.service_month
)
SELECT 'owed' AS why, count(*) AS rows, COALESCE(sum(amount), 0) AS amount FROM owed WHERE amount IS NOT NULL
UNION ALL
SELECT 'posted', count(*), COALESCE(sum(amount), 0)
  FROM variance_ledgerentry
 WHERE contract_id = %(contract)s AND component IN ('baseline', 'activity')
UNION ALL
SELECT why, count(*), sum(amount) FROM explained GROUP BY why;
