-- difference: what is owed less what is posted, per key. A changed level, cohort, geography or rate is another key: the
-- old row comes out negative, the new one positive. A key that agrees in quantity and amount has no row. `clause_no` is
-- the clause by which it is owed, `last_entry` the latest entry that posted to it.
CREATE TEMP TABLE difference ON COMMIT DROP AS
SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
       sum(quantity) AS quantity, sum(amount) AS amount, max(clause_no) AS clause_no, max(entry_id) AS last_entry
  FROM (SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
               quantity, amount, clause_no, NULL::bigint AS entry_id
          FROM owed
         WHERE amount IS NOT NULL
        UNION ALL
        SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
               -quantity, -amount, NULL, id
          FROM variance_ledgerentry
         WHERE contract_id = %(contract)s AND component IN ('baseline', 'activity')) AS side
 GROUP BY component, service_month, member_id, activity_id, level, cohort, geography, service, rate
HAVING sum(quantity) <> 0 OR sum(amount) <> 0;

ANALYZE difference;
