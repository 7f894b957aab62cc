-- The preview of one cycle: what closing it would post, in the order in which it would be numbered.
INSERT INTO variance_previewline (
       organisation_id, cycle_id, service_month, component, line_kind, member_id, activity_id, level, cohort,
       geography, service, quantity, rate, amount, reason, version_id, clause)
SELECT %(organisation)s, %(cycle)s, change.service_month, change.component,
       CASE WHEN change.service_month = %(cycle_month)s THEN 'current' ELSE 'adjustment' END,
       change.member_id, change.activity_id, change.level, change.cohort, change.geography, change.service,
       change.quantity, change.rate, change.amount,
       CASE
           WHEN change.service_month = %(cycle_month)s THEN ''
           WHEN change.activity_id IS NOT NULL THEN activity_reason.reason
           ELSE baseline_reason.reason
       END,
       change.version_id, change.clause
  FROM change
  LEFT JOIN activity_reason ON activity_reason.activity_id = change.activity_id
  LEFT JOIN baseline_reason
    ON change.component = 'baseline' AND baseline_reason.service_month = change.service_month
   AND COALESCE(baseline_reason.member_id, 0) = COALESCE(change.member_id, 0)
   AND baseline_reason.service = change.service
 WHERE change.disposition = 'post'
 ORDER BY array_position(%(order)s::text[], change.component), change.service_month, change.service COLLATE "C",
          change.member_id, change.activity_id, change.amount, change.level COLLATE "C", change.cohort COLLATE "C",
          change.geography COLLATE "C";
