-- part: what becomes of a record, whole or in two parts: the units that are accepted, and the units that are not, each
-- under one code. For tiers, with the units of its kind that were accepted before it in its member's month, and in all.
CREATE TEMP TABLE part ON COMMIT DROP AS
WITH piece AS (
    SELECT edited.*, 1 AS place, before AS code, units AS part_units FROM edited WHERE before IS NOT NULL
    UNION ALL
    SELECT edited.*, 1, 'accepted', fits FROM edited WHERE before IS NULL AND after IS NULL AND fits > 0
    UNION ALL
    SELECT edited.*, 2, 'maximum_reached', units - fits
      FROM edited
     WHERE before IS NULL AND after IS NULL AND fits < units
    UNION ALL
    -- a record that would not be paid anyway: whether any of it would still fit decides which code comes first
    SELECT edited.*, 1, CASE WHEN fits > 0 THEN after ELSE 'maximum_reached' END, units
      FROM edited
     WHERE before IS NULL AND after IS NOT NULL
)
SELECT piece.*, NULL::numeric AS month_before, NULL::numeric AS month_total
  FROM piece
 WHERE tier_mode IS NULL
UNION ALL
SELECT piece.*,
       COALESCE(sum(part_units) FILTER (WHERE code = 'accepted') OVER so_far, 0)
       - CASE WHEN code = 'accepted' THEN part_units ELSE 0 END,
       COALESCE(sum(part_units) FILTER (WHERE code = 'accepted')
                OVER (PARTITION BY member_id, service, service_month), 0)
  FROM piece
 WHERE tier_mode IS NOT NULL
WINDOW so_far AS (PARTITION BY member_id, service, service_month ORDER BY turn, place ROWS UNBOUNDED PRECEDING);
