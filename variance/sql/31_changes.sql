-- change: a difference, the clause behind it, and whether this cycle posts it, a gate holds it, or it lies out of reach.
-- Direction is judged on the net of one member-month (or block of a month) or of one record, all its rows together.
CREATE TEMP TABLE change ON COMMIT DROP AS
WITH netted AS (
    SELECT difference.*, sum(amount) OVER (PARTITION BY activity_id) AS net
      FROM difference
     WHERE activity_id IS NOT NULL
    UNION ALL
    SELECT difference.*, sum(amount) OVER (PARTITION BY component, member_id, service_month, service)
      FROM difference
     WHERE activity_id IS NULL
)
SELECT netted.component, netted.service_month, netted.member_id, netted.activity_id, netted.level, netted.cohort,
       netted.geography, netted.service, netted.rate, netted.quantity, netted.amount, netted.net,
       -- a key that is no longer owed keeps the clause of its latest entry
       COALESCE(clause.version_id, entry.version_id) AS version_id, COALESCE(clause.path, entry.clause) AS clause,
       was_held.component IS NOT NULL AS was_held,
       CASE
           WHEN held.component IS NOT NULL THEN 'held'
           WHEN was_held.component IS NOT NULL THEN 'post'
           WHEN (EXTRACT(YEAR FROM %(cycle_month)s::date) - EXTRACT(YEAR FROM netted.service_month)) * 12
                + EXTRACT(MONTH FROM %(cycle_month)s::date) - EXTRACT(MONTH FROM netted.service_month)
                <= CASE WHEN netted.net < 0 THEN %(recover_months)s
                        WHEN netted.net > 0 THEN %(pay_months)s
                        ELSE GREATEST(%(recover_months)s, %(pay_months)s) END THEN 'post'
           ELSE 'out_of_reach'
       END AS disposition
  FROM netted
  LEFT JOIN term_clause AS clause ON clause.clause_no = netted.clause_no
  -- OFFSET keeps this a look-up of the few entries that are asked for: joined, the whole ledger would be hashed
  LEFT JOIN LATERAL (
       SELECT version_id, clause
         FROM variance_ledgerentry
        WHERE netted.clause_no IS NULL AND id = netted.last_entry
       OFFSET 0) AS entry ON true
  LEFT JOIN held ON held.service_month = netted.service_month AND held.component = netted.component
  LEFT JOIN was_held ON was_held.service_month = netted.service_month AND was_held.component = netted.component;

ANALYZE change (component, service_month, member_id, activity_id, disposition);
