-- What the cycle cannot pay, and what it would change but cannot reach.
INSERT INTO variance_cycleexception (
       organisation_id, cycle_id, service_month, code, component, member_id, activity_id, level, cohort, geography,
       service, quantity, amount)
SELECT %(organisation)s, %(cycle)s, service_month, code, 'baseline', member_id, NULL::bigint, level, cohort, geography,
       '', quantity, 0
  FROM unpaid_month
UNION ALL
SELECT %(organisation)s, %(cycle)s, service_month, 'out_of_reach', component, member_id, activity_id, level, cohort,
       geography, service, quantity, amount
  FROM change
 WHERE disposition = 'out_of_reach';
