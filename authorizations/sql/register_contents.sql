-- The entries of a register from one number to another, each with its SHA-256. Every column is named: one that is added later does
-- not change what was sealed before. Moments in UTC; numbers, keys and text as JSON has them.
SELECT entry.id, entry.number, entry.decided_at, entry.kind, entry.request_id,
       encode(sha256(convert_to(jsonb_build_object(
           'organisation', entry.organisation_id, 'contract', entry.contract_id, 'member', entry.member_id,
           'request', entry.request_id, 'number', entry.number, 'kind', entry.kind, 'automatic', entry.automatic,
           'outcome', entry.outcome, 'replaces', entry.replaces_id, 'replaces_reason', entry.replaces_reason,
           'request_kind', entry.request_kind, 'urgency', entry.urgency, 'requested_by', entry.requested_by_id,
           'received_at', to_char(entry.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
           'due_at', to_char(entry.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
           'current_level', entry.current_level, 'assessed_level', entry.assessed_level,
           'requested_level', entry.requested_level, 'service', entry.service,
           'requested_units', entry.requested_units, 'level', entry.level,
           'difference_reason', entry.difference_reason, 'difference_text', entry.difference_text,
           'units', entry.units, 'starts_on', entry.starts_on, 'ends_before', entry.ends_before,
           'review_on', entry.review_on, 'retroactive_reason', entry.retroactive_reason,
           'deny_reason', entry.deny_reason, 'necessity', entry.necessity, 'risk', entry.risk,
           'criteria', entry.criteria, 'decided_by', entry.decided_by_id,
           'decided_at', to_char(entry.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
           'in_time', entry.in_time, 'terms', entry.terms, 'evidence', entry.evidence,
           'working', entry.working)::text, 'UTF8')), 'hex') AS digest
  FROM authorizations_decision AS entry
 WHERE entry.contract_id = %(contract)s AND entry.number BETWEEN %(first)s AND %(last)s
 ORDER BY entry.number, entry.id;
