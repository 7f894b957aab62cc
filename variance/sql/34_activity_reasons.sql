-- activity_reason: why a record's money changes after its month closed: the first cause that applies, found from what
-- the last close said of it, what is said now, and how the record itself stood at the last close. Where nothing about the
-- record changed, the cause is with those that share its episode, its month's tiers or its maximum (`shared`).
CREATE TEMP TABLE activity_reason ON COMMIT DROP AS
WITH touched AS (
    -- which way the record goes: by its money, or by its units where it costs nothing
    SELECT activity_id, COALESCE(NULLIF(sum(amount), 0), sum(quantity)) AS net, bool_or(was_held) AS was_held
      FROM change
     WHERE activity_id IS NOT NULL
     GROUP BY activity_id
), was AS (  -- the latest outcome that a closed cycle gave
    SELECT activity_id, min(code) FILTER (WHERE code NOT IN ('paid', 'costed')) AS unpaid,
           bool_or(code IN ('paid', 'costed')) AS accepted
      FROM latest_outcome
     WHERE code <> 'not_judged'
     GROUP BY activity_id
), now AS (
    SELECT activity_id, min(code) FILTER (WHERE code NOT IN ('paid', 'costed')) AS unpaid
      FROM judged
     GROUP BY activity_id
), before AS (  -- the record as it stood at the last close
    SELECT DISTINCT ON (history.id) history.*
      FROM touched
      JOIN baseline_historicalactivity AS history ON history.id = touched.activity_id
     WHERE history.history_date <= %(frozen_at)s
     ORDER BY history.id, history.history_date DESC, history.history_id DESC
), side AS (
    SELECT entry.activity_id, false AS is_owed, entry.level, entry.cohort, entry.geography, entry.rate,
           sum(entry.quantity) AS quantity
      FROM touched
      JOIN variance_ledgerentry AS entry ON entry.activity_id = touched.activity_id
     GROUP BY entry.activity_id, entry.service_month, entry.member_id, entry.service, entry.level, entry.cohort,
              entry.geography, entry.rate
    HAVING sum(entry.quantity) <> 0
    UNION ALL
    SELECT owed.activity_id, true, owed.level, owed.cohort, owed.geography, owed.rate, owed.quantity
      FROM touched
      JOIN owed USING (activity_id)
), pictured AS (
    SELECT activity_id,
           array_agg(DISTINCT (cohort, geography)::text) FILTER (WHERE NOT is_owed) AS was_place,
           array_agg(DISTINCT (cohort, geography)::text) FILTER (WHERE is_owed) AS is_place,
           array_agg(DISTINCT level) FILTER (WHERE NOT is_owed) AS was_level,
           array_agg(DISTINCT level) FILTER (WHERE is_owed) AS is_level
      FROM side
     GROUP BY activity_id
), told AS (
    SELECT touched.activity_id, touched.was_held, pictured.was_place, pictured.is_place, pictured.was_level, pictured.is_level,
           was.unpaid AS was_unpaid, now.unpaid AS is_unpaid,
           was.activity_id IS NOT NULL AS was_judged, before.id IS NULL AS is_new,
           (before.member_id, before.service, before.occurred_on, before.units, before.amount)
           IS DISTINCT FROM (work.member_id, work.service, work.occurred_on, work.units, work.amount) AS is_corrected,
           CASE WHEN touched.net > 0 THEN COALESCE(was.unpaid, now.unpaid)
                ELSE COALESCE(now.unpaid, was.unpaid) END AS code,
           touched.net, COALESCE(moved.coverage, false) AS coverage_moved, COALESCE(moved.level, false) AS level_moved,
           reauthorised.member_id IS NOT NULL AS authorization_moved,
           before.verified_on IS NULL AND work.verified_on IS NOT NULL AS verified_late,
           -- a new record of a day that was not covered when the month closed
           before.id IS NULL AND moved.coverage AND NOT EXISTS (
               SELECT
                 FROM (SELECT DISTINCT ON (history.id) history.starts_on, history.ends_before, history.history_type
                         FROM eligibility_historicalcoveragespan AS history
                        WHERE history.contract_id = %(contract)s AND history.member_id = work.member_id
                          AND history.history_date <= %(frozen_at)s
                        ORDER BY history.id, history.history_date DESC, history.history_id DESC) AS span
                WHERE span.history_type <> '-' AND span.starts_on <= work.occurred_on
                  AND (span.ends_before IS NULL OR span.ends_before > work.occurred_on)) AS covered_late,
           COALESCE((SELECT term_month.signed_late
                       FROM term_month
                      WHERE term_month.service_month = date_trunc('month', work.occurred_on)), true) AS terms_moved
      FROM touched
      JOIN baseline_activity AS work ON work.id = touched.activity_id
      LEFT JOIN was ON was.activity_id = touched.activity_id
      LEFT JOIN now ON now.activity_id = touched.activity_id
      LEFT JOIN before ON before.id = touched.activity_id
      LEFT JOIN pictured ON pictured.activity_id = touched.activity_id
      LEFT JOIN moved ON moved.member_id = work.member_id
      LEFT JOIN reauthorised ON reauthorised.member_id = work.member_id
), reasoned AS (
    SELECT told.activity_id, authorization_moved, coverage_moved, level_moved,
           CASE
               WHEN covered_late THEN 'retro_coverage'
               WHEN is_new THEN 'late_activity'
               WHEN NOT was_judged THEN CASE WHEN is_corrected THEN 'activity_corrected' ELSE 'terms_changed' END
               WHEN was_unpaid IS DISTINCT FROM is_unpaid THEN
                   CASE
                       WHEN code = 'not_enrolled' AND NOT is_corrected THEN
                           CASE WHEN terms_moved AND NOT coverage_moved THEN 'terms_changed' ELSE 'retro_coverage' END
                       WHEN code = 'in_baseline_package' AND NOT is_corrected THEN
                           CASE WHEN terms_moved AND NOT coverage_moved AND NOT level_moved THEN 'terms_changed'
                                ELSE 'retro_level' END
                       WHEN code = 'no_price' AND NOT is_corrected THEN 'retro_rate'
                       WHEN code = 'unverified' AND net > 0 THEN 'late_verification'
                       WHEN code = 'reversed' AND net < 0 THEN 'activity_reversed'
                       WHEN code IN ('no_authorization', 'units_exceeded', 'bundled') AND NOT is_corrected THEN
                           CASE WHEN net > 0 AND verified_late THEN 'late_verification'
                                WHEN code = 'units_exceeded' THEN 'shared'
                                WHEN authorization_moved THEN 'retro_authorization'
                                ELSE 'terms_changed' END
                       WHEN code = 'maximum_reached' AND NOT is_corrected THEN
                           CASE WHEN terms_moved THEN 'terms_changed' ELSE 'shared' END
                       WHEN code = 'late_filing' AND terms_moved AND NOT is_corrected THEN 'terms_changed'
                       ELSE 'activity_corrected'
                   END
               WHEN is_corrected THEN 'activity_corrected'
               WHEN was_place IS NULL AND was_held THEN 'gate_passed'
               WHEN was_place IS NULL OR is_place IS NULL THEN  -- the same code as before, and now the whole of it or less
                   CASE WHEN terms_moved OR is_unpaid IS NULL THEN 'terms_changed' ELSE 'shared' END
               WHEN was_place <> is_place THEN 'retro_coverage'
               WHEN was_level <> is_level THEN
                   CASE WHEN terms_moved AND NOT coverage_moved AND NOT level_moved THEN 'terms_changed'
                        ELSE 'retro_level' END
               WHEN terms_moved THEN 'retro_rate'
               ELSE 'shared'
           END AS reason
      FROM told
)
SELECT reasoned.activity_id,
       CASE
           WHEN reasoned.reason <> 'shared' THEN reasoned.reason
           ELSE COALESCE(
               (SELECT CASE WHEN reasoned.coverage_moved AND bool_or(
                                     was.activity_id IS NOT NULL
                                     AND COALESCE(was.unpaid = 'not_enrolled', false)
                                         <> COALESCE(other.before = 'not_enrolled', false))
                            THEN 'retro_coverage'
                            WHEN reasoned.level_moved AND bool_or(
                                     was.activity_id IS NOT NULL
                                     AND COALESCE(was.unpaid = 'in_baseline_package', false)
                                         <> COALESCE(other.before = 'in_baseline_package', false))
                            THEN 'retro_level'
                            WHEN bool_or(was.activity_id IS NULL AND other.before IS NULL AND other.after IS NULL)
                            THEN 'late_activity'
                            WHEN bool_or(stood.verified_on IS NULL AND work.verified_on IS NOT NULL
                                         AND other.before IS NULL AND other.after IS NULL) THEN 'late_verification'
                            WHEN bool_or(other.after = 'reversed' AND NOT EXISTS (
                                     SELECT
                                       FROM baseline_historicalactivity AS reversal
                                      WHERE reversal.contract_id = %(contract)s
                                        AND reversal.reverses = work.activity_ref
                                        AND reversal.history_date <= %(frozen_at)s)) THEN 'activity_reversed' END
                  FROM edited AS own
                  JOIN edited AS other
                    ON other.member_id = own.member_id AND other.service = own.service AND other.turn IS NOT NULL
                   AND other.activity_id <> own.activity_id
                   -- what comes later in turn takes nothing from this one, unless all go by the total
                   AND (other.turn < own.turn OR own.tier_mode = 'cliff')
                   AND (other.episode_id = own.episode_id
                        OR own.price_kind = 'tiers_month' AND other.service_month = own.service_month
                        OR other.occurred_on <= own.occurred_on
                           AND other.occurred_on > own.occurred_on - own.max_days)
                  JOIN baseline_activity AS work ON work.id = other.activity_id
                  LEFT JOIN was ON was.activity_id = other.activity_id
                  LEFT JOIN LATERAL (
                       SELECT history.verified_on
                         FROM baseline_historicalactivity AS history
                        WHERE history.id = other.activity_id AND history.history_date <= %(frozen_at)s
                        ORDER BY history.history_date DESC, history.history_id DESC
                        LIMIT 1) AS stood ON true
                 WHERE own.activity_id = reasoned.activity_id),
               CASE WHEN reasoned.authorization_moved THEN 'retro_authorization' ELSE 'activity_corrected' END)
       END AS reason
  FROM reasoned;
