-- How many records of the sample still stand as they were drawn and were not sent back.
SELECT count(*) AS kept
  FROM baseline_verificationitem AS item
  JOIN baseline_activity AS work ON work.id = item.activity_id
 WHERE item.batch_id = %(batch)s
   AND item.activity_id = ANY (%(sample)s::bigint[])
   AND work.rejected_on IS NULL
   AND NOT EXISTS (SELECT
                     FROM baseline_activity AS reversal
                    WHERE reversal.contract_id = work.contract_id
                      AND reversal.reverses <> '' AND reversal.reverses = work.activity_ref)
   AND item.digest = md5(concat_ws('|', work.member_id, work.service, work.occurred_on, work.units, work.amount, work.attempted,
                     work.criteria_met::text, work.criteria_not_met::text));
