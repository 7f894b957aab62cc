-- baseline_reason: why a member-month, or a block sum, changes after its month closed: the first cause that applies,
-- found by comparing what is owed with what is posted.
CREATE TEMP TABLE baseline_reason ON COMMIT DROP AS
WITH touched AS (
    SELECT service_month, member_id, service, sum(amount) AS net, bool_or(was_held) AS was_held
      FROM change
     WHERE component = 'baseline' AND service_month <> %(cycle_month)s
     GROUP BY service_month, member_id, service
), few AS (  -- once each, and known to be so: the planner hashes these, not the whole ledger
    SELECT member_id, service_month FROM touched WHERE member_id IS NOT NULL GROUP BY member_id, service_month
), side AS (  -- one key of a touched member-month as posted, and as owed
    SELECT entry.service_month, entry.member_id, false AS is_owed, entry.level, entry.cohort, entry.geography,
           entry.rate, sum(entry.quantity) AS quantity
      FROM variance_ledgerentry AS entry
      JOIN few ON few.member_id = entry.member_id AND few.service_month = entry.service_month
     WHERE entry.contract_id = %(contract)s AND entry.component = 'baseline'
     GROUP BY entry.service_month, entry.member_id, entry.level, entry.cohort, entry.geography, entry.rate
    HAVING sum(entry.quantity) <> 0
    UNION ALL
    SELECT owed.service_month, owed.member_id, true, owed.level, owed.cohort, owed.geography, owed.rate, owed.quantity
      FROM owed
      JOIN few ON few.member_id = owed.member_id AND few.service_month = owed.service_month
     WHERE owed.component = 'baseline' AND owed.amount IS NOT NULL
), pictured AS (
    SELECT service_month, member_id,
           COALESCE(sum(quantity) FILTER (WHERE NOT is_owed), 0) AS was_quantity,
           COALESCE(sum(quantity) FILTER (WHERE is_owed), 0) AS is_quantity,
           array_agg(DISTINCT (cohort, geography)::text) FILTER (WHERE NOT is_owed) AS was_place,
           array_agg(DISTINCT (cohort, geography)::text) FILTER (WHERE is_owed) AS is_place,
           array_agg((level, quantity)::text ORDER BY level) FILTER (WHERE NOT is_owed) AS was_levels,
           array_agg((level, quantity::numeric(24, 12))::text ORDER BY level) FILTER (WHERE is_owed) AS is_levels,
           array_agg((level, rate)::text ORDER BY level) FILTER (WHERE NOT is_owed) AS was_rates,
           array_agg((level, rate::numeric(18, 6))::text ORDER BY level) FILTER (WHERE is_owed) AS is_rates
      FROM side
     GROUP BY service_month, member_id
), was_lacking AS (  -- what could not be paid at the last close
    SELECT service_month, member_id, bool_or(code = 'no_level') AS no_level, bool_or(code = 'no_rate') AS no_rate,
           bool_or(code = 'not_delivered') AS not_delivered
      FROM variance_cycleexception
     WHERE cycle_id = %(last_cycle)s AND member_id IS NOT NULL
     GROUP BY service_month, member_id
), is_lacking AS (  -- what cannot be paid now
    SELECT service_month, member_id, bool_or(code = 'no_level') AS no_level, bool_or(code = 'no_rate') AS no_rate,
           bool_or(code = 'not_delivered') AS not_delivered
      FROM unpaid_month
     GROUP BY service_month, member_id
), lacking AS (
    SELECT touched.service_month, touched.member_id,
           COALESCE(was.no_level, false) AS was_no_level, COALESCE(was.no_rate, false) AS was_no_rate,
           COALESCE(was.not_delivered, false) AS was_not_delivered,
           COALESCE(now.no_level, false) AS is_no_level, COALESCE(now.no_rate, false) AS is_no_rate,
           COALESCE(now.not_delivered, false) AS is_not_delivered
      FROM touched
      LEFT JOIN was_lacking AS was USING (service_month, member_id)
      LEFT JOIN is_lacking AS now USING (service_month, member_id)
     WHERE touched.member_id IS NOT NULL
), late_record AS MATERIALIZED (  -- what was recorded, or taken back, since the last close, for months whose delivery changed
    SELECT work.member_id, work.service, lacking.service_month, work.reverses, work.attempted
      FROM lacking
      JOIN baseline_activity AS work
        ON work.member_id = lacking.member_id
       AND work.occurred_on >= lacking.service_month
       AND work.occurred_on < lacking.service_month + interval '1 month'
     WHERE lacking.was_not_delivered <> lacking.is_not_delivered
       AND work.contract_id = %(contract)s
       AND NOT EXISTS (SELECT
                         FROM baseline_historicalactivity AS history
                        WHERE history.id = work.id AND history.history_date <= %(frozen_at)s)
)
SELECT touched.service_month, touched.member_id, touched.service,
       CASE
           WHEN touched.was_held AND COALESCE(pictured.was_quantity, 0) = 0 THEN 'gate_passed'
           WHEN touched.member_id IS NULL THEN 'terms_changed'
           WHEN pictured.was_quantity <> pictured.is_quantity OR pictured.was_place <> pictured.is_place THEN
               CASE
                   WHEN lacking.was_no_level <> lacking.is_no_level THEN
                       CASE WHEN month.signed_late AND moved.member_id IS NULL THEN 'terms_changed'
                            WHEN moved.coverage AND NOT moved.level THEN 'retro_coverage'
                            ELSE 'retro_level' END
                   WHEN lacking.was_no_rate <> lacking.is_no_rate THEN
                       CASE WHEN month.signed_late THEN 'retro_rate'
                            WHEN moved.coverage THEN 'retro_coverage'
                            WHEN moved.level THEN 'retro_level'
                            ELSE 'retro_rate' END
                   WHEN lacking.was_not_delivered AND NOT lacking.is_not_delivered THEN
                       CASE WHEN NOT month.delivered THEN 'terms_changed'
                            WHEN EXISTS (
                                SELECT
                                  FROM late_record AS late
                                  JOIN term_package AS package
                                    ON package.version_id = month.version_id AND package.service = late.service
                                 WHERE late.member_id = touched.member_id
                                   AND late.service_month = touched.service_month
                                   AND late.reverses = '' AND NOT late.attempted) THEN 'late_activity'
                            ELSE 'activity_corrected' END
                   WHEN lacking.is_not_delivered AND NOT month.signed_late THEN
                       CASE WHEN EXISTS (
                                SELECT
                                  FROM late_record AS late
                                 WHERE late.member_id = touched.member_id
                                   AND late.service_month = touched.service_month
                                   AND late.reverses <> '') THEN 'activity_reversed'
                            ELSE 'activity_corrected' END
                   WHEN month.signed_late AND moved.coverage IS NOT TRUE THEN 'terms_changed'
                   ELSE 'retro_coverage'
               END
           WHEN pictured.was_levels <> pictured.is_levels THEN
               CASE
                   WHEN month.signed_late AND moved.member_id IS NULL THEN 'terms_changed'
                   -- the counting day moved with the coverage, and found another level there
                   WHEN moved.coverage AND NOT moved.level THEN 'retro_coverage'
                   ELSE 'retro_level'
               END
           WHEN pictured.was_rates <> pictured.is_rates THEN
               CASE
                   WHEN month.signed_late THEN 'retro_rate'
                   WHEN moved.coverage THEN 'retro_coverage'
                   WHEN moved.level THEN 'retro_level'
                   ELSE 'retro_rate'
               END
           ELSE 'terms_changed'
       END AS reason
  FROM touched
  -- a month that the signed terms no longer hold is a matter of terms
  LEFT JOIN LATERAL (
       SELECT COALESCE(bool_or(term_month.signed_late), true) AS signed_late,
              COALESCE(bool_or(term_month.delivered), false) AS delivered, max(term_month.version_id) AS version_id
         FROM term_month
        WHERE term_month.service_month = touched.service_month) AS month ON true
  LEFT JOIN pictured ON pictured.member_id = touched.member_id AND pictured.service_month = touched.service_month
  LEFT JOIN lacking ON lacking.member_id = touched.member_id AND lacking.service_month = touched.service_month
  LEFT JOIN moved ON moved.member_id = touched.member_id;

ANALYZE baseline_reason;
