-- member_month: one member who counts in one service month by the contract's counting rule, with the counting day,
-- the cohort and geography of that day, and the quantity as covered days over days (1 over 1 unless the rule is daily).
-- Months for which one day says everything (one_day) skip this step.

-- The counting day is a fixed day of the month: whoever is covered on it counts.
CREATE TEMP TABLE member_month ON COMMIT DROP AS
SELECT span.member_id, month.service_month, month.counting_day, span.cohort, span.geography, 1 AS counted, 1 AS of_days
  FROM term_month AS month
  JOIN eligibility_coveragespan AS span
    ON span.contract_id = %(contract)s
   AND span.starts_on <= month.counting_day
   AND (span.ends_before IS NULL OR span.ends_before > month.counting_day)
 WHERE month.rule IN ('first', 'day_15', 'last') AND NOT month.one_day;

-- The counting day is the first covered day; under `daily` every covered day counts.
INSERT INTO member_month
WITH covered AS (
    SELECT span.member_id, month.service_month,
           min(GREATEST(span.starts_on, month.first_day)) AS counting_day,
           sum(LEAST(COALESCE(span.ends_before, 'infinity'), month.ends_before)
               - GREATEST(span.starts_on, month.first_day)) AS days
      FROM term_month AS month
      JOIN eligibility_coveragespan AS span
        ON span.contract_id = %(contract)s
       AND span.starts_on < month.ends_before
       AND (span.ends_before IS NULL OR span.ends_before > month.first_day)
     WHERE month.rule IN ('any_day', 'daily')
     GROUP BY span.member_id, month.service_month
)
SELECT covered.member_id, covered.service_month, covered.counting_day, span.cohort, span.geography,
       CASE month.rule WHEN 'daily' THEN covered.days ELSE 1 END,
       CASE month.rule WHEN 'daily' THEN month.days ELSE 1 END
  FROM covered
  JOIN term_month AS month USING (service_month)
  JOIN eligibility_coveragespan AS span
    ON span.contract_id = %(contract)s
   AND span.member_id = covered.member_id
   AND span.starts_on <= covered.counting_day
   AND (span.ends_before IS NULL OR span.ends_before > covered.counting_day);

ANALYZE member_month;
