-- work_record: one record of episodic work that this cycle judges, with what the contract says of its day. Reversing rows
-- are not records; work of the term after the cycle's month waits for its own cycle.
CREATE TEMP TABLE work_record ON COMMIT DROP AS
WITH reversal AS (
    SELECT DISTINCT reverses FROM baseline_activity WHERE contract_id = %(contract)s AND reverses <> ''
), candidate AS (
    SELECT work.id AS activity_id, work.activity_ref, work.member_id, work.service, work.occurred_on, work.occurred_at,
           date_trunc('month', work.occurred_on)::date AS service_month, work.units, work.practitioner, work.place,
           work.amount, work.received_on, work.verified_on, work.attempted, work.criteria_not_met::text[],
           version.version_id, version.row_places, version.lapse, version.provisional,
           work.occurred_on >= version.term_starts_on AND work.occurred_on < version.term_ends_before AS in_term,
           reversal.reverses IS NOT NULL AS is_reversed,
           service.costed, service.authorization_required, service.filing_limit_days, service.max_units,
           service.max_days, service.criteria, service.bundled_into,
           COALESCE(service.price_kind, 'none') AS price_kind, service.ceiling, service.tier_mode, service.clause_no AS service_clause_no
      FROM baseline_activity AS work
      JOIN term_version AS version ON version.starts_on <= work.occurred_on AND work.occurred_on < version.ends_before
      LEFT JOIN term_service AS service ON service.version_id = version.version_id AND service.service = work.service
      LEFT JOIN reversal ON reversal.reverses = work.activity_ref
     WHERE work.contract_id = %(contract)s
       -- named, so that the many records of baseline work are passed over before anything is joined
       AND work.service = ANY (%(episodic)s::text[])
       AND work.reverses = ''
       AND service.episodic IS NOT FALSE
)
SELECT candidate.*, span.id IS NOT NULL AS is_covered, span.cohort, span.geography,
       CASE COALESCE(paid.kind, 'provisional')
            WHEN 'decided' THEN paid.level WHEN 'lapsed' THEN candidate.lapse ELSE candidate.provisional END AS level
  FROM candidate
  LEFT JOIN eligibility_coveragespan AS span
    ON span.contract_id = %(contract)s
   AND span.member_id = candidate.member_id
   AND span.starts_on <= candidate.occurred_on
   AND (span.ends_before IS NULL OR span.ends_before > candidate.occurred_on)
  LEFT JOIN paid_level AS paid
    ON paid.member_id = candidate.member_id
   AND paid.starts_on <= candidate.occurred_on AND candidate.occurred_on < paid.ends_before
 WHERE NOT candidate.in_term OR candidate.service_month <= %(cycle_month)s;

ANALYZE work_record (activity_id, member_id, service, service_month, occurred_on);
