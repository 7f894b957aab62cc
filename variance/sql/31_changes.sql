-- change: a difference, the clause behind it, and whether this cycle posts it, a gate holds it, or it lies out of reach.
-- Direction is judged on the net of one member-month (or block of a month) or of one record, all its rows together.
CREATE TEMP TABLE change ON COMMIT DROP AS
WITH netted AS (
    SELECT difference.*,
           sum(amount) OVER (
               PARTITION BY component, activity_id, CASE WHEN activity_id IS NULL THEN service_month END,
                            CASE WHEN activity_id IS NULL THEN member_id END,
                            CASE WHEN activity_id IS NULL THEN service END) AS net
      FROM difference
), posted AS (  -- a key that is no longer owed keeps the clause of its latest entry
    SELECT DISTINCT ON (entry.component, entry.service_month, entry.member_id, entry.activity_id, entry.level,
                        entry.cohort, entry.geography, entry.service, entry.rate)
           entry.*
      FROM variance_ledgerentry AS entry
      JOIN difference
        ON difference.component = entry.component AND difference.service_month = entry.service_month
       AND COALESCE(difference.member_id, 0) = COALESCE(entry.member_id, 0)
       AND COALESCE(difference.activity_id, 0) = COALESCE(entry.activity_id, 0)
       AND difference.level = entry.level AND difference.cohort = entry.cohort
       AND difference.geography = entry.geography AND difference.service = entry.service
       AND COALESCE(difference.rate, -1) = COALESCE(entry.rate, -1)
     WHERE entry.contract_id = %(contract)s
     ORDER BY entry.component, entry.service_month, entry.member_id, entry.activity_id, entry.level,
              entry.cohort, entry.geography, entry.service, entry.rate, entry.entry_no DESC
)
SELECT netted.*,
       COALESCE(owed.version_id, posted.version_id) AS version_id, COALESCE(owed.clause, posted.clause) AS clause,
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
  LEFT JOIN owed
    ON owed.amount IS NOT NULL
   AND owed.component = netted.component AND owed.service_month = netted.service_month
   AND COALESCE(owed.member_id, 0) = COALESCE(netted.member_id, 0)
   AND COALESCE(owed.activity_id, 0) = COALESCE(netted.activity_id, 0)
   AND owed.level = netted.level AND owed.cohort = netted.cohort
   AND owed.geography = netted.geography AND owed.service = netted.service
   AND COALESCE(owed.rate, -1) = COALESCE(netted.rate, -1)
  LEFT JOIN posted
    ON posted.component = netted.component AND posted.service_month = netted.service_month
   AND COALESCE(posted.member_id, 0) = COALESCE(netted.member_id, 0)
   AND COALESCE(posted.activity_id, 0) = COALESCE(netted.activity_id, 0)
   AND posted.level = netted.level AND posted.cohort = netted.cohort
   AND posted.geography = netted.geography AND posted.service = netted.service
   AND COALESCE(posted.rate, -1) = COALESCE(netted.rate, -1)
  LEFT JOIN held ON held.service_month = netted.service_month AND held.component = netted.component
  LEFT JOIN was_held ON was_held.service_month = netted.service_month AND was_held.component = netted.component;

ANALYZE change;
