-- One row per kind of figure that the cycle's page shows: what it is about, how many, how much.
SELECT 'lines' AS kind, component || '.' || line_kind AS about, count(*) AS number, sum(amount) AS amount
  FROM variance_previewline
 WHERE cycle_id = %(cycle)s
 GROUP BY component, line_kind
UNION ALL
SELECT 'member_months', to_char(service_month, 'YYYY-MM'), count(DISTINCT member_id), sum(quantity)
  FROM owed
 WHERE component = 'baseline' AND amount IS NOT NULL AND member_id IS NOT NULL AND service_month = %(cycle_month)s
 GROUP BY service_month
UNION ALL
SELECT 'exceptions', code, count(*), sum(amount)
  FROM variance_cycleexception
 WHERE cycle_id = %(cycle)s
 GROUP BY code
UNION ALL
SELECT 'held', component || '.' || to_char(service_month, 'YYYY-MM'), count(*), sum(amount)
  FROM change
 WHERE disposition = 'held'
 GROUP BY component, service_month
UNION ALL
SELECT 'outcomes', code, count(*), sum(amount)
  FROM judged
 GROUP BY code
 ORDER BY 1, 2;
