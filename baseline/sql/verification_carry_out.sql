-- Verify those of a stretch of a batch's items that are still as they were when it was drawn.
UPDATE baseline_activity AS work
   SET verified_on = %(today)s, verified_by = %(name)s, verifier_id = %(verifier)s
  FROM baseline_verificationitem AS item
 WHERE item.batch_id = %(batch)s
   AND item.position >= %(first)s AND item.position < %(before)s
   AND work.id = item.activity_id
   AND work.verified_on IS NULL
   AND work.rejected_on IS NULL
   AND work.recorded_by_id IS DISTINCT FROM %(verifier)s
   AND work.corrected_by_id IS DISTINCT FROM %(verifier)s
   AND NOT EXISTS (SELECT
                     FROM baseline_activity AS reversal
                    WHERE reversal.contract_id = work.contract_id
                      AND reversal.reverses <> '' AND reversal.reverses = work.activity_ref)
   AND item.digest = md5(concat_ws('|', work.member_id, work.service, work.occurred_on, work.units, work.amount, work.attempted,
                     work.criteria_met::text, work.criteria_not_met::text));
