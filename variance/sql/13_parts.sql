-- part: what becomes of a record, whole or in two parts: the units that are accepted, and the units that are not, each
-- under one code. Where both the episode and the maximum are short the episode names it, unless nothing fits because of
-- the maximum alone. For tiers, with the units that were accepted before it in its member's month or in its episode, and
-- in all.
CREATE TEMP TABLE part ON COMMIT DROP AS
WITH limited AS (
    SELECT edited.*, CASE WHEN authorised_left <= 0 OR fits > 0 AND authorised_left < units
                        THEN 'units_exceeded' ELSE 'maximum_reached' END AS limit_code
      FROM edited
), piece AS (
    SELECT limited.*, 1 AS place, before AS code, units AS part_units FROM limited WHERE before IS NOT NULL
    UNION ALL
    SELECT limited.*, 1, 'accepted', fits FROM limited WHERE before IS NULL AND after IS NULL AND fits > 0
    UNION ALL
    SELECT limited.*, 2, limit_code, units - fits
      FROM limited
     WHERE before IS NULL AND after IS NULL AND fits < units
    UNION ALL
    -- a record that would not be paid anyway: whether any of it would still fit decides which code comes first
    SELECT limited.*, 1, CASE WHEN fits > 0 THEN after ELSE limit_code END, units
      FROM limited
     WHERE before IS NULL AND after IS NOT NULL
)
SELECT piece.*, NULL::numeric AS counted_before, NULL::numeric AS counted_total
  FROM piece
 WHERE tier_mode IS NULL
UNION ALL
SELECT piece.*,
       COALESCE(sum(part_units) FILTER (WHERE code = 'accepted') OVER so_far, 0)
       - CASE WHEN code = 'accepted' THEN part_units ELSE 0 END,
       COALESCE(sum(part_units) FILTER (WHERE code = 'accepted')
                OVER counted_together, 0)
  FROM piece
 WHERE tier_mode IS NOT NULL
WINDOW counted_together AS (
           PARTITION BY member_id, service, price_kind,
                        CASE price_kind WHEN 'tiers_month' THEN service_month END,
                        CASE price_kind WHEN 'tiers_episode' THEN episode_id END),
       so_far AS (counted_together ORDER BY turn, place ROWS UNBOUNDED PRECEDING);
