-- What a batch will not verify, by the first reason that applies: one row for each reason.
SELECT why, count(*) AS records
  FROM (SELECT CASE
                   WHEN EXISTS (SELECT
                                  FROM baseline_activity AS reversal
                                 WHERE reversal.contract_id = work.contract_id
                                   AND reversal.reverses <> '' AND reversal.reverses = work.activity_ref) THEN 'reversed'
                   WHEN work.verified_on IS NOT NULL THEN 'verified'
                   WHEN work.rejected_on IS NOT NULL THEN 'rejected'
                   WHEN work.corrected_by_id = %(verifier)s OR work.recorded_by_id = %(verifier)s THEN 'own'
                   WHEN item.digest <> md5(concat_ws('|', work.member_id, work.service, work.occurred_on, work.units, work.amount, work.attempted,
                     work.criteria_met::text, work.criteria_not_met::text)) THEN 'changed'
               END AS why
          FROM baseline_verificationitem AS item
          JOIN baseline_activity AS work ON work.id = item.activity_id
         WHERE item.batch_id = %(batch)s) AS judged
 WHERE why IS NOT NULL
 GROUP BY why;
