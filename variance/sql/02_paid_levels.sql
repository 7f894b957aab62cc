-- paid_level: one stretch of a member's days with the level decided for it, or the reason why a term names the level:
-- before the first span (provisional) or after a span's end (lapsed). A member without any span has no row at all and
-- is provisional throughout. Open ends are infinity.
CREATE TEMP TABLE paid_level ON COMMIT DROP AS
WITH span AS (
    SELECT member_id, level, starts_on, COALESCE(ends_before, 'infinity') AS ends_before,
           row_number() OVER timeline = 1 AS is_first,
           lead(starts_on, 1, 'infinity'::date) OVER timeline AS next_starts_on
      FROM eligibility_levelspan
     WHERE contract_id = %(contract)s
    WINDOW timeline AS (PARTITION BY member_id ORDER BY starts_on)
)
SELECT member_id, 'decided' AS kind, level, starts_on, ends_before FROM span
UNION ALL
SELECT member_id, 'provisional', NULL, '-infinity', starts_on FROM span WHERE is_first
UNION ALL
SELECT member_id, 'lapsed', NULL, ends_before, next_starts_on FROM span WHERE ends_before < next_starts_on;

ANALYZE paid_level (member_id, starts_on, ends_before);
