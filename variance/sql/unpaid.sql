-- One record of delivered work, or one part of it, that is not paid: under its latest outcome, which is that of the
-- calculated preview where a cycle is on its way, else that of the latest closed cycle that spoke of it.
WITH told AS (
    SELECT outcome.activity_id, outcome.member_id, outcome.service, outcome.occurred_on, outcome.service_month,
           outcome.code, outcome.quantity, outcome.amount, cycle.month AS cycle
      FROM variance_activityoutcome AS outcome
      JOIN variance_cycle AS cycle ON cycle.id = outcome.cycle_id
     WHERE outcome.contract_id = %(contract)s
    UNION ALL
    SELECT outcome.activity_id, outcome.member_id, outcome.service, outcome.occurred_on, outcome.service_month,
           outcome.code, outcome.quantity, outcome.amount, cycle.month
      FROM variance_previewoutcome AS outcome
      JOIN variance_cycle AS cycle ON cycle.id = outcome.cycle_id
     WHERE cycle.contract_id = %(contract)s AND cycle.status <> 'closed'
), latest AS (
    SELECT told.*, rank() OVER (PARTITION BY activity_id ORDER BY cycle DESC) AS age
      FROM told
)
SELECT latest.cycle, latest.activity_id, work.activity_ref, latest.member_id,
       CASE WHEN %(all_references)s OR member.organisation_id = ANY (%(reference_of)s::bigint[])
            THEN member.reference ELSE member.pseudonym END AS member_ref,
       latest.service, latest.occurred_on, latest.quantity, latest.amount, latest.code
  FROM latest
  JOIN baseline_activity AS work ON work.id = latest.activity_id
  JOIN eligibility_member AS member ON member.id = latest.member_id
 WHERE latest.age = 1 AND latest.code NOT IN ('paid', 'costed', 'not_judged')
   AND (%(cycle_month)s::date IS NULL OR latest.cycle = %(cycle_month)s)
 ORDER BY latest.occurred_on, work.activity_ref COLLATE "C", latest.code;
