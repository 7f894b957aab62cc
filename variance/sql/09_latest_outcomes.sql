-- latest_outcome: what the latest cycle that spoke of a record said of it, one row per part.
CREATE TEMP TABLE latest_outcome ON COMMIT DROP AS
SELECT activity_id, member_id, service, service_month, occurred_on, code, quantity, amount
  FROM (SELECT outcome.*, rank() OVER (PARTITION BY activity_id ORDER BY cycle_id DESC) AS age
          FROM variance_activityoutcome AS outcome
         WHERE contract_id = %(contract)s) AS told
 WHERE age = 1;

ANALYZE latest_outcome (activity_id, code);
