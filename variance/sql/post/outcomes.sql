-- What this cycle says of every record of which it says something new.
INSERT INTO variance_activityoutcome (
       organisation_id, contract_id, cycle_id, activity_id, member_id, service, service_month, occurred_on, code,
       quantity, amount)
SELECT organisation_id, %(contract)s, cycle_id, activity_id, member_id, service, service_month, occurred_on, code,
       quantity, amount
  FROM variance_previewoutcome
 WHERE cycle_id = %(cycle)s;
