-- A row: a follow-up for an unplanned contact that has none yet. Attempts and reversed records are no contacts.
WITH term AS (
    SELECT * FROM unnest(%(service)s::text[], %(service_from)s::date[], %(service_before)s::date[],
                         %(unplanned_days)s::int[]) AS t (service, starts_on, ends_before, days)
     WHERE days IS NOT NULL)
INSERT INTO baseline_followup (organisation_id, contract_id, member_id, cause, activity_id, episode_ref, service,
                               happened_on, due_on, status, cancelled_reason)
SELECT a.organisation_id, a.contract_id, a.member_id, 'unplanned', a.id, '', a.service,
       a.occurred_on, a.occurred_on + t.days, 'open', ''
  FROM baseline_activity a
  JOIN term t ON t.service = a.service AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
 WHERE a.contract_id = %(contract)s AND NOT a.planned AND NOT a.attempted AND a.reverses = ''
   AND (%(members)s::bigint[] IS NULL OR a.member_id = ANY (%(members)s::bigint[]))
   AND NOT EXISTS (SELECT FROM baseline_activity r WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref)
   AND NOT EXISTS (SELECT FROM baseline_followup f WHERE f.activity_id = a.id)
 ORDER BY a.id
ON CONFLICT (activity_id) DO NOTHING
