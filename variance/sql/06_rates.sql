-- rate_in_force: for each version, level, cohort and geography the one cell that wins on days [starts_on, ends_before):
-- cohort and geography together say most, then cohort, then geography, then the level alone.
CREATE TEMP TABLE rate_in_force ON COMMIT DROP AS
WITH edge AS (
    SELECT version_id, starts_on AS day FROM term_rate
    UNION
    SELECT version_id, ends_before FROM term_rate
), stretch AS (
    SELECT version_id, day AS starts_on, lead(day) OVER (PARTITION BY version_id ORDER BY day) AS ends_before
      FROM edge
), place AS (
    SELECT DISTINCT cohort, geography FROM eligibility_coveragespan WHERE contract_id = %(contract)s
)
SELECT DISTINCT ON (cell.version_id, cell.level, place.cohort, place.geography, stretch.starts_on)
       cell.version_id, cell.level, place.cohort, place.geography, stretch.starts_on, stretch.ends_before,
       cell.amount, cell.clause_no
  FROM stretch
  JOIN term_rate AS cell
    ON cell.version_id = stretch.version_id
   AND cell.starts_on <= stretch.starts_on AND cell.ends_before >= stretch.ends_before
  JOIN place
    ON (cell.cohort IS NULL OR cell.cohort = place.cohort)
   AND (cell.geography IS NULL OR cell.geography = place.geography)
 ORDER BY cell.version_id, cell.level, place.cohort, place.geography, stretch.starts_on,
          cell.cohort IS NULL, cell.geography IS NULL, cell.clause_no;

-- rate_card: the amount of one member-month where the counting day says everything, already rounded as a ledger row is.
CREATE TEMP TABLE rate_card ON COMMIT DROP AS
SELECT month.service_month, rate.level, rate.cohort, rate.geography, rate.amount AS rate,
       round(rate.amount, month.row_places) AS amount, rate.clause_no
  FROM term_month AS month
  JOIN rate_in_force AS rate
    ON rate.version_id = month.version_id
   AND rate.starts_on <= month.counting_day AND month.counting_day < rate.ends_before
 WHERE month.one_day;

ANALYZE rate_in_force, rate_card;
