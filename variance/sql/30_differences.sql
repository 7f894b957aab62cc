-- difference: what is owed less what is posted, per key. A changed level, cohort, geography or rate is another key: the
-- old row comes out negative, the new one positive. A key that agrees in quantity and amount has no row. `clause_no` is
-- the clause by which it is owed, `last_entry` the latest entry that posted to it.

-- Most keys were posted once, in their own month, and never adjusted: they are compared one to one.
CREATE TEMP TABLE difference ON COMMIT DROP AS
WITH adjusted AS (
    SELECT DISTINCT service_month, COALESCE(member_id, 0) AS member
      FROM variance_ledgerentry
     WHERE contract_id = %(contract)s AND component = 'baseline' AND line_kind = 'adjustment'
), now AS (
    SELECT owed.*, COALESCE(member_id, 0) AS member
      FROM owed
     WHERE component = 'baseline' AND amount IS NOT NULL
       AND NOT EXISTS (SELECT FROM adjusted
                        WHERE adjusted.service_month = owed.service_month
                          AND adjusted.member = COALESCE(owed.member_id, 0))
), was AS (
    SELECT entry.*, COALESCE(member_id, 0) AS member
      FROM variance_ledgerentry AS entry
     WHERE contract_id = %(contract)s AND component = 'baseline'
       AND NOT EXISTS (SELECT FROM adjusted
                        WHERE adjusted.service_month = entry.service_month
                          AND adjusted.member = COALESCE(entry.member_id, 0))
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
    SELECT *
      FROM owed
     WHERE component = 'activity'
       AND NOT EXISTS (SELECT FROM adjusted WHERE adjusted.activity_id = owed.activity_id)
), was AS (
    SELECT *
      FROM variance_ledgerentry AS entry
     WHERE contract_id = %(contract)s AND component = 'activity'
       AND NOT EXISTS (SELECT FROM adjusted WHERE adjusted.activity_id = entry.activity_id)
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

-- What was adjusted before has several entries on one key, and is summed.
INSERT INTO difference
WITH adjusted AS (
    SELECT DISTINCT component, service_month, member_id, activity_id
      FROM variance_ledgerentry
     WHERE contract_id = %(contract)s AND line_kind = 'adjustment'
), month AS (
    SELECT DISTINCT service_month, COALESCE(member_id, 0) AS member FROM adjusted WHERE component = 'baseline'
), work AS (
    SELECT DISTINCT activity_id FROM adjusted WHERE component = 'activity'
), side AS (
    SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
           quantity, amount, clause_no, NULL::bigint AS entry_id
      FROM owed
     WHERE amount IS NOT NULL
    UNION ALL
    SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
           -quantity, -amount, NULL, id
      FROM variance_ledgerentry
     WHERE contract_id = %(contract)s AND component IN ('baseline', 'activity')
), tangled AS (
    SELECT side.*
      FROM side
      JOIN month ON month.service_month = side.service_month AND month.member = COALESCE(side.member_id, 0)
     WHERE side.component = 'baseline'
    UNION ALL
    SELECT side.*
      FROM side
      JOIN work ON work.activity_id = side.activity_id
     WHERE side.component = 'activity'
)
SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
       sum(quantity), sum(amount), max(clause_no), max(entry_id)
  FROM tangled
 GROUP BY component, service_month, member_id, activity_id, level, cohort, geography, service, rate
HAVING sum(quantity) <> 0 OR sum(amount) <> 0;

ANALYZE difference;
