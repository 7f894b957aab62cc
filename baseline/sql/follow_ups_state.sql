-- A row: a follow-up whose cause, due day or completion is no longer what the records say, brought up to them.
-- The first planned contact after day 0 completes it, in time or late; what a person cancelled stays cancelled.
WITH term AS (
    SELECT * FROM unnest(%(service)s::text[], %(service_from)s::date[], %(service_before)s::date[],
                         %(service_contact)s::bool[], %(unplanned_days)s::int[])
               AS t (service, starts_on, ends_before, contact, days)),
cause AS (
    SELECT f.id, f.status,
           CASE WHEN f.cause = 'episode' THEN f.status <> 'withdrawn'
                ELSE NOT a.planned AND NOT a.attempted AND a.reverses = '' AND t.days IS NOT NULL
                     AND NOT EXISTS (SELECT FROM baseline_activity r
                                      WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref)
           END AS stands,
           coalesce(a.member_id, f.member_id) AS member_id,
           coalesce(a.service, f.service) AS service,
           coalesce(a.occurred_on, f.happened_on) AS happened_on,
           coalesce(a.occurred_on + t.days, f.due_on) AS due_on
      FROM baseline_followup f
      LEFT JOIN baseline_activity a ON a.id = f.activity_id
      LEFT JOIN term t ON t.service = a.service AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
     WHERE f.contract_id = %(contract)s AND f.status <> 'cancelled'
       AND (%(members)s::bigint[] IS NULL OR f.member_id = ANY (%(members)s::bigint[])
            OR a.member_id = ANY (%(members)s::bigint[]))),
judged AS (
    SELECT c.*,
           CASE WHEN NOT c.stands THEN 'withdrawn' WHEN done.id IS NULL THEN 'open' ELSE 'done' END AS now_status,
           CASE WHEN c.stands THEN done.id END AS completed_by_id,
           CASE WHEN c.stands THEN done.occurred_on END AS completed_on
      FROM cause c
      LEFT JOIN LATERAL (
           SELECT a.id, a.occurred_on
             -- OFFSET 0: the member's contacts are always found by the member, also right after a large file, when the
             -- database does not know yet how many records the contract has and would look through all of them
             FROM (SELECT * FROM baseline_activity
                    WHERE member_id = c.member_id AND occurred_on > c.happened_on
                      AND planned AND NOT attempted AND reverses = ''
                    ORDER BY occurred_on, id OFFSET 0) a
            WHERE a.contract_id = %(contract)s
              AND EXISTS (SELECT FROM term t WHERE t.contact AND t.service = a.service
                                               AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before)
              AND NOT EXISTS (SELECT FROM baseline_activity r
                               WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref)
            LIMIT 1) done ON true)
UPDATE baseline_followup f
   SET member_id = j.member_id, service = j.service, happened_on = j.happened_on, due_on = j.due_on,
       status = j.now_status, completed_by_id = j.completed_by_id, completed_on = j.completed_on
  FROM judged j
 WHERE j.id = f.id
   AND (f.member_id, f.service, f.happened_on, f.due_on, f.status, f.completed_by_id, f.completed_on)
       IS DISTINCT FROM
       (j.member_id, j.service, j.happened_on, j.due_on, j.now_status, j.completed_by_id, j.completed_on)
