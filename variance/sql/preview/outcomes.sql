-- The outcomes that closing the cycle would write.
INSERT INTO variance_previewoutcome (
       organisation_id, cycle_id, service_month, activity_id, member_id, service, occurred_on, code, quantity, amount)
SELECT %(organisation)s, %(cycle)s, service_month, activity_id, member_id, service, occurred_on, code, quantity, amount
  FROM outcome_change;
