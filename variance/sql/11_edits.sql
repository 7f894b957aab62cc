-- edited: a record with the first edit that applies ahead of authorised units and maxima (`before`), and the first one
-- behind them (`after`). Both empty: the record is clean, and only clean records use up units, maxima and tiers. `turn`
-- is given by the next step where it matters; `fits` are the units that may be paid, and `authorised_left` those that the
-- episode still had where they were too few. `list_version_id` is the version whose tiers price it.
CREATE TEMP TABLE edited ON COMMIT DROP AS
WITH duplicate AS (  -- a later row that says what an earlier one said; a reversed row is no original
    SELECT DISTINCT later.activity_id
      FROM work_record AS later
      JOIN work_record AS earlier
        ON earlier.member_id = later.member_id AND earlier.service = later.service
       AND earlier.occurred_on = later.occurred_on AND earlier.units = later.units
       AND earlier.practitioner = later.practitioner AND earlier.place = later.place
     WHERE earlier.activity_id < later.activity_id
       AND NOT earlier.is_reversed
       AND (earlier.occurred_at = later.occurred_at OR earlier.occurred_at IS NULL OR later.occurred_at IS NULL)
), bundled AS (  -- an episode of another service is open on the day, and pays for this
    SELECT DISTINCT record.activity_id
      FROM work_record AS record
      JOIN authorised AS other
        ON other.member_id = record.member_id AND other.service = ANY (record.bundled_into)
       AND other.starts_on <= record.occurred_on AND record.occurred_on < other.ends_before
)
SELECT record.activity_id, record.activity_ref, record.member_id, record.service, record.service_month,
       record.occurred_on, record.occurred_at, record.units, record.amount, record.version_id, record.row_places,
       CASE WHEN episode.list_version_id IS NULL THEN record.price_kind ELSE 'tiers_episode' END AS price_kind,
       COALESCE(episode.list_mode, record.tier_mode) AS tier_mode,
       COALESCE(episode.list_version_id, record.version_id) AS list_version_id,
       record.ceiling, record.max_units, record.max_days, episode.episode_id, episode.units AS authorised_units,
       price.amount AS unit_price, COALESCE(price.clause_no, record.service_clause_no) AS clause_no,
       CASE
           WHEN NOT record.in_term OR NOT record.is_covered THEN 'not_enrolled'
           WHEN duplicate.activity_id IS NOT NULL THEN 'duplicate'
           WHEN record.received_on > record.occurred_on + record.filing_limit_days THEN 'late_filing'
           WHEN package.service IS NOT NULL THEN 'in_baseline_package'
           WHEN bundled.activity_id IS NOT NULL THEN 'bundled'
           WHEN record.authorization_required AND episode.episode_id IS NULL THEN 'no_authorization'
       END AS before,
       CASE
           WHEN record.attempted OR record.criteria && record.criteria_not_met THEN 'criteria_not_met'
           WHEN record.verified_on IS NULL THEN 'unverified'
           WHEN record.is_reversed THEN 'reversed'
           WHEN episode.list_version_id IS NOT NULL THEN NULL
           WHEN record.price_kind = 'none'
                OR record.price_kind = 'dated' AND price.amount IS NULL
                OR record.price_kind = 'as_billed' AND record.amount IS NULL THEN 'no_price'
       END AS after,
       NULL::bigint AS turn, record.units AS fits, NULL::numeric AS authorised_left
  FROM work_record AS record
  LEFT JOIN duplicate ON duplicate.activity_id = record.activity_id
  LEFT JOIN bundled ON bundled.activity_id = record.activity_id
  LEFT JOIN authorised AS episode
    ON record.authorization_required AND episode.member_id = record.member_id AND episode.service = record.service
   AND episode.starts_on <= record.occurred_on AND record.occurred_on < episode.ends_before
  LEFT JOIN term_price AS price
    ON price.version_id = record.version_id AND price.service = record.service
   AND price.starts_on <= record.occurred_on AND record.occurred_on < price.ends_before
  LEFT JOIN term_package AS package
    ON package.version_id = record.version_id AND package.service = record.service AND package.level = record.level;

ANALYZE edited (activity_id, member_id, service, service_month, occurred_on, before, after, tier_mode, price_kind);
