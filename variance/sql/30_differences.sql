-- difference: what is owed less what is posted, per key. A changed level, cohort, geography or rate is another key: the
-- old row comes out negative, the new one positive. A key that agrees in quantity and amount has no row. `clause_no` is
-- the clause by which it is owed, `last_entry` the latest entry that posted to it.

-- Most keys were posted once, in their own month, and never adjusted: their entries are compared as they are. What was
-- adjusted before has several entries on one key, and is summed.
CREATE TEMP TABLE difference ON COMMIT DROP AS
WITH adjusted AS (
    SELECT DISTINCT service_month, COALESCE(member_id, 0) AS member
      FROM variance_ledgerentry
     WHERE contract_id = %(contract)s AND component = 'baseline' AND line_kind = 'adjustment'
), now AS (
    SELECT owed.*, COALESCE(member_id, 0) AS member FROM owed WHERE component = 'baseline' AND amount IS NOT NULL
), was AS (
    SELECT entry.service_month, COALESCE(entry.member_id, 0) AS member, entry.member_id, entry.level, entry.cohort,
           entry.geography, entry.service, entry.rate, entry.quantity, entry.amount, entry.id
      FROM variance_ledgerentry AS entry
     WHERE contract_id = %(contract)s AND component = 'baseline'
       AND NOT EXISTS (SELECT FROM adjusted
                        WHERE adjusted.service_month = entry.service_month
                          AND adjusted.member = COALESCE(entry.member_id, 0))
    UNION ALL
    SELECT entry.service_month, adjusted.member, entry.member_id, entry.level, entry.cohort, entry.geography,
           entry.service, entry.rate, sum(entry.quantity), sum(entry.amount), max(entry.id)
      FROM variance_ledgerentry AS entry
      JOIN adjusted
        ON adjusted.service_month = entry.service_month AND adjusted.member = COALESCE(entry.member_id, 0)
     WHERE contract_id = %(contract)s AND component = 'baseline'
     GROUP BY entry.service_month, adjusted.member, entry.member_id, entry.level, entry.cohort, entry.geography,
              entry.service, entry.rate
    HAVING sum(entry.quantity) <> 0 OR sum(entry.amount) <> 0
)
SELECT 'baseline' AS component, COALESCE(now.service_month, was.service_month) AS service_month,
       COALESCE(now.member_id, was.member_id) AS member_id, NULL::bigint AS activity_id,
       COALESCE(now.level, was.level) AS level, COALESCE(now.cohort, was.cohort) AS cohort,
       COALESCE(now.geography, was.geography) AS geography, COALESCE(now.service, was.service) AS service,
       COALESCE(now.rate, was.rate) AS rate,
       COALESCE(now.quantity, 0) - COALESCE(was.quantity, 0) AS quantity,
       COALESCE(now.amount, 0) - COALESCE(was.amount, 0) AS amount,
       now.clause_no, was.id AS last_entry
  FROM now
  FULL JOIN was
    ON was.member = now.member AND was.service_month = now.service_month AND was.level = now.level
   AND was.cohort = now.cohort AND was.geography = now.geography AND was.service = now.service
   AND was.rate = now.rate
 WHERE now.quantity IS DISTINCT FROM was.quantity OR now.amount IS DISTINCT FROM was.amount;

-- Delivered work likewise, by record.
INSERT INTO difference
WITH adjusted AS (
    SELECT DISTINCT activity_id
      FROM variance_ledgerentry
     WHERE contract_id = %(contract)s AND component = 'activity' AND line_kind = 'adjustment'
), now AS (
    SELECT service_month, member_id, activity_id, level, cohort, geography, service, rate,
           sum(quantity) AS quantity, sum(amount) AS amount, max(clause_no) AS clause_no
      FROM owed
     WHERE component = 'activity'
     GROUP BY service_month, member_id, activity_id, level, cohort, geography, service, rate
), was AS (
    SELECT service_month, member_id, activity_id, level, cohort, geography, service, rate, quantity, amount, id
      FROM variance_ledgerentry AS entry
     WHERE contract_id = %(contract)s AND component = 'activity'
       AND NOT EXISTS (SELECT FROM adjusted WHERE adjusted.activity_id = entry.activity_id)
    UNION ALL
    SELECT service_month, member_id, activity_id, level, cohort, geography, service, rate,
           sum(quantity), sum(amount), max(id)
      FROM variance_ledgerentry
      JOIN adjusted USING (activity_id)
     WHERE contract_id = %(contract)s AND component = 'activity'
     GROUP BY service_month, member_id, activity_id, level, cohort, geography, service, rate
    HAVING sum(quantity) <> 0 OR sum(amount) <> 0
)
SELECT 'activity', COALESCE(now.service_month, was.service_month), COALESCE(now.member_id, was.member_id),
       COALESCE(now.activity_id, was.activity_id), COALESCE(now.level, was.level), COALESCE(now.cohort, was.cohort),
       COALESCE(now.geography, was.geography), COALESCE(now.service, was.service), COALESCE(now.rate, was.rate),
       COALESCE(now.quantity, 0) - COALESCE(was.quantity, 0), COALESCE(now.amount, 0) - COALESCE(was.amount, 0),
       now.clause_no, was.id
  FROM now
  FULL JOIN was
    ON was.activity_id = now.activity_id AND was.member_id = now.member_id AND was.service_month = now.service_month
   AND was.level = now.level AND was.cohort = now.cohort AND was.geography = now.geography
   AND was.service = now.service AND COALESCE(was.rate, -1) = COALESCE(now.rate, -1)
 WHERE now.quantity IS DISTINCT FROM was.quantity OR now.amount IS DISTINCT FROM was.amount;

ANALYZE difference (component, service_month, member_id, activity_id, clause_no);
