-- A row: one episodic record of a week that the contract pays for, with the team that led the member on its day.
-- Attempts, reversals and reversed records are among them and say so: nothing that was recorded vanishes.
SELECT a.id, a.activity_ref, a.member_id, a.service, a.occurred_on, a.units, a.practitioner, a.criteria_not_met,
       a.verified_on, a.rejected_on, a.attempted, a.reverses <> '' AS reverses, r.id AS reversed_by,
       l.team_id, l.practitioner_id
  FROM baseline_activity a
  JOIN unnest(%(service)s::text[], %(service_from)s::date[], %(service_before)s::date[], %(service_contact)s::bool[],
              %(service_kind)s::text[]) AS t (service, starts_on, ends_before, paid, kind)
    ON t.service = a.service AND t.kind = 'episodic' AND t.paid
   AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
  LEFT JOIN eligibility_assignment l ON l.member_id = a.member_id AND l.kind = 'lead' AND l.starts_on <= a.occurred_on
                                    AND (l.ends_before IS NULL OR l.ends_before > a.occurred_on)
  LEFT JOIN LATERAL (SELECT min(r.id) AS id FROM baseline_activity r
                      WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref) r ON true
 WHERE a.contract_id = %(contract)s AND a.occurred_on >= %(starts)s AND a.occurred_on < %(before)s
   AND (%(team)s IS NULL OR coalesce(l.team_id, 0) = %(team)s)
 ORDER BY a.occurred_on, a.id
