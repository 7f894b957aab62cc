-- The same differences by one statement written for just this contract: 15th of the month, level of that day, rates and
-- prices as literals, nothing general. A good analyst's query; it gives no reasons, no clauses, no gates, no outcomes.
CREATE TEMP TABLE by_hand AS
WITH month AS (
    SELECT day::date - 14 AS service_month, day::date AS counting_day
      FROM generate_series(date '2026-01-15', date '2027-01-15', interval '1 month') AS day
), level AS (
    SELECT member_id, level, starts_on, COALESCE(ends_before, 'infinity') AS ends_before
      FROM eligibility_levelspan
     WHERE contract_id = %(contract)s
), rate (level, cohort, geography, starts_on, amount) AS (
    VALUES ('L1', NULL, NULL, date '2026-01-01', 42.00), ('L2', NULL, NULL, date '2026-01-01', 118.00),
           ('L3', NULL, NULL, date '2026-01-01', 265.00), ('L4', NULL, NULL, date '2026-01-01', 410.00),
           ('L3', 'complex', NULL, date '2026-01-01', 298.00), ('L3', 'complex', 'islands', date '2026-04-01', 325.00)
), card AS (  -- the winning rate of every month and kind of member
    SELECT DISTINCT ON (month.service_month, rate.level, cohort.code, geography.code)
           month.service_month, rate.level, cohort.code AS cohort, geography.code AS geography, rate.amount
      FROM month
     CROSS JOIN (VALUES ('adult'), ('older'), ('complex')) AS cohort(code)
     CROSS JOIN (VALUES ('north'), ('south'), ('islands')) AS geography(code)
      JOIN rate
        ON rate.starts_on <= month.counting_day
       AND (rate.cohort IS NULL OR rate.cohort = cohort.code)
       AND (rate.geography IS NULL OR rate.geography = geography.code)
     ORDER BY month.service_month, rate.level, cohort.code, geography.code,
              rate.cohort IS NULL, rate.geography IS NULL
), counted AS (
    SELECT span.member_id, month.service_month, span.cohort, span.geography, COALESCE(level.level, 'L1') AS level
      FROM month
      JOIN eligibility_coveragespan AS span
        ON span.contract_id = %(contract)s AND span.starts_on <= month.counting_day
       AND (span.ends_before IS NULL OR span.ends_before > month.counting_day)
      LEFT JOIN level
        ON level.member_id = span.member_id
       AND level.starts_on <= month.counting_day AND month.counting_day < level.ends_before
), visit AS (
    SELECT work.*, date_trunc('month', work.occurred_on)::date AS service_month, span.cohort, span.geography,
           COALESCE(level.level, 'L1') AS level,
           CASE WHEN work.occurred_on < '2026-07-01' THEN 185.00 ELSE 190.00 END AS price
      FROM baseline_activity AS work
      JOIN eligibility_coveragespan AS span
        ON span.contract_id = work.contract_id AND span.member_id = work.member_id
       AND span.starts_on <= work.occurred_on AND (span.ends_before IS NULL OR span.ends_before > work.occurred_on)
      LEFT JOIN level
        ON level.member_id = work.member_id
       AND level.starts_on <= work.occurred_on AND work.occurred_on < level.ends_before
     WHERE work.contract_id = %(contract)s AND work.service = 'crisis_visit'
       AND work.occurred_on BETWEEN '2026-01-01' AND '2027-01-31'
       AND work.received_on <= work.occurred_on + 60 AND NOT work.attempted
       AND NOT work.criteria_not_met && ARRAY['acute', 'same_day']::varchar[]
       AND work.verified_on IS NOT NULL AND work.reverses = ''
       AND NOT EXISTS (SELECT FROM baseline_activity AS reversal
                        WHERE reversal.contract_id = work.contract_id AND reversal.reverses <> ''
                          AND reversal.reverses = work.activity_ref)
       AND NOT EXISTS (SELECT FROM baseline_activity AS earlier
                        WHERE earlier.contract_id = work.contract_id AND earlier.member_id = work.member_id
                          AND earlier.service = work.service AND earlier.occurred_on = work.occurred_on
                          AND earlier.units = work.units AND earlier.practitioner = work.practitioner
                          AND earlier.place = work.place AND earlier.id < work.id
                          AND (earlier.occurred_at = work.occurred_at OR earlier.occurred_at IS NULL
                               OR work.occurred_at IS NULL)
                          AND NOT EXISTS (SELECT FROM baseline_activity AS reversal
                                           WHERE reversal.contract_id = earlier.contract_id
                                             AND reversal.reverses <> ''
                                             AND reversal.reverses = earlier.activity_ref))
)
SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
       sum(quantity) AS quantity, sum(amount) AS amount
  FROM (SELECT 'baseline' AS component, counted.service_month, counted.member_id, NULL::bigint AS activity_id,
               counted.level, counted.cohort, counted.geography, '' AS service, card.amount AS rate,
               1::numeric AS quantity, card.amount
          FROM counted
          JOIN card USING (service_month, level, cohort, geography)
        UNION ALL
        SELECT 'baseline', service_month, NULL, NULL, '', '', '', 'infrastructure', 18000.00, 1, 18000.00 FROM month
        UNION ALL
        SELECT 'activity', service_month, member_id, id, level, cohort, geography, service, price, units,
               round(units * price, 2)
          FROM visit
        UNION ALL
        SELECT component, service_month, member_id, activity_id, level, cohort, geography, service, rate,
               -quantity, -amount
          FROM variance_ledgerentry
         WHERE contract_id = %(contract)s) AS side
 GROUP BY component, service_month, member_id, activity_id, level, cohort, geography, service, rate
HAVING sum(quantity) <> 0 OR sum(amount) <> 0;
