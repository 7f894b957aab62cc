-- undelivered: a member-month that would count, but earns nothing because the contract pays only where a package
-- service was recorded in the month: delivered, not merely attempted, and not reversed.
CREATE TEMP TABLE undelivered ON COMMIT DROP AS
SELECT counted.*
  FROM member_month AS counted
  JOIN term_month AS month USING (service_month)
 WHERE month.delivered
   AND NOT EXISTS (
       SELECT
         FROM baseline_activity AS record
         JOIN term_package AS package
           ON package.version_id = month.version_id AND package.service = record.service
        WHERE record.contract_id = %(contract)s
          AND record.member_id = counted.member_id
          AND record.occurred_on >= month.service_month
          AND record.occurred_on < month.service_month + interval '1 month'
          AND NOT record.attempted
          AND record.reverses = ''
          AND NOT EXISTS (
              SELECT
                FROM baseline_activity AS reversal
               WHERE reversal.contract_id = %(contract)s AND reversal.reverses = record.activity_ref));

DELETE FROM member_month AS counted
 USING undelivered
 WHERE undelivered.member_id = counted.member_id AND undelivered.service_month = counted.service_month;
