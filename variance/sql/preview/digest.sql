-- One digest of everything the preview would post and say. Rows are hashed one by one and then in the order of their
-- hashes, so that it depends on what they say and not on the order in which they were found.
WITH said AS (
    SELECT concat_ws('|', 'line', component, line_kind, service_month, COALESCE(member_id, 0), COALESCE(activity_id, 0),
                     level, cohort, geography, service, quantity, COALESCE(rate::text, '-'), amount, reason,
                     version_id, clause) AS sentence
      FROM variance_previewline
     WHERE cycle_id = %(cycle)s
    UNION ALL
    SELECT concat_ws('|', 'outcome', activity_id, member_id, service, service_month, occurred_on, code, quantity,
                     amount)
      FROM variance_previewoutcome
     WHERE cycle_id = %(cycle)s
    UNION ALL
    SELECT concat_ws('|', 'exception', code, component, service_month, COALESCE(member_id, 0),
                     COALESCE(activity_id, 0), level, cohort, geography, service, quantity, amount)
      FROM variance_cycleexception
     WHERE cycle_id = %(cycle)s
), hashed AS (
    SELECT sha256(convert_to(sentence, 'UTF8')) AS hash FROM said
)
SELECT encode(sha256(COALESCE(string_agg(hash, ''::bytea ORDER BY hash), ''::bytea)), 'hex') AS digest FROM hashed;
