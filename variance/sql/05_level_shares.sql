-- level_share: the part of a member-month that counts at one level, as counted over of_days, and the day whose rate
-- applies. level is NULL where no level applies.

-- snapshot: all of it at the level of the counting day.
CREATE TEMP TABLE level_share ON COMMIT DROP AS
SELECT counted.member_id, counted.service_month, counted.cohort, counted.geography,
       CASE COALESCE(paid.kind, 'provisional')
            WHEN 'decided' THEN paid.level WHEN 'lapsed' THEN month.lapse ELSE month.provisional END AS level,
       counted.counting_day AS rate_day, counted.counted::bigint AS counted, counted.of_days::bigint AS of_days
  FROM member_month AS counted
  JOIN term_month AS month USING (service_month)
  LEFT JOIN paid_level AS paid
    ON paid.member_id = counted.member_id
   AND paid.starts_on <= counted.counting_day AND counted.counting_day < paid.ends_before
 WHERE month.level_change = 'snapshot';

-- highest and by_days look at every covered day: days of one member-month at one level, and the first of them.
INSERT INTO level_share
WITH stretch AS (
    SELECT counted.member_id, counted.service_month, month.version_id, month.level_change,
           CASE COALESCE(paid.kind, 'provisional')
                WHEN 'decided' THEN paid.level WHEN 'lapsed' THEN month.lapse ELSE month.provisional END AS level,
           GREATEST(span.starts_on, month.first_day, paid.starts_on) AS starts_on,
           LEAST(span.ends_before, month.ends_before, paid.ends_before) AS ends_before  -- LEAST passes over NULL
      FROM member_month AS counted
      JOIN term_month AS month USING (service_month)
      JOIN eligibility_coveragespan AS span
        ON span.contract_id = %(contract)s
       AND span.member_id = counted.member_id
       AND span.starts_on < month.ends_before
       AND (span.ends_before IS NULL OR span.ends_before > month.first_day)
      LEFT JOIN paid_level AS paid
        ON paid.member_id = counted.member_id
       AND paid.starts_on < LEAST(span.ends_before, month.ends_before)
       AND paid.ends_before > GREATEST(span.starts_on, month.first_day)
     WHERE month.level_change IN ('highest', 'by_days')
), held AS (
    SELECT member_id, service_month, version_id, level_change, level,
           min(starts_on) AS first_on, sum(ends_before - starts_on) AS days
      FROM stretch
     GROUP BY member_id, service_month, version_id, level_change, level
), judged AS (
    SELECT held.*,
           sum(held.days) OVER member_of_month AS covered_days,
           row_number() OVER (member_of_month ORDER BY term_level.rank DESC NULLS LAST, held.level) AS by_rank
      FROM held
      LEFT JOIN term_level ON term_level.version_id = held.version_id AND term_level.level = held.level
    WINDOW member_of_month AS (PARTITION BY held.member_id, held.service_month)
)
SELECT counted.member_id, counted.service_month, counted.cohort, counted.geography, judged.level, judged.first_on,
       CASE judged.level_change WHEN 'highest' THEN counted.counted ELSE counted.counted * judged.days END,
       CASE judged.level_change WHEN 'highest' THEN counted.of_days ELSE counted.of_days * judged.covered_days END
  FROM judged
  JOIN member_month AS counted USING (member_id, service_month)
 WHERE judged.level_change = 'by_days' OR judged.by_rank = 1;

ANALYZE level_share;
