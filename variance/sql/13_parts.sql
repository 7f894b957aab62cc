-- part: what becomes of a record, whole or in two parts: the units that are accepted, and the units that are not, each
-- under one code, with the units of its kind that were accepted before it in its member's month (for tiers).
CREATE TEMP TABLE part ON COMMIT DROP AS
SELECT edited.*, piece.code, piece.units AS part_units,
       COALESCE(sum(piece.units) FILTER (WHERE piece.code = 'accepted') OVER month_so_far, 0)
       - CASE WHEN piece.code = 'accepted' THEN piece.units ELSE 0 END AS month_before,
       COALESCE(sum(piece.units) FILTER (WHERE piece.code = 'accepted')
                OVER (PARTITION BY edited.member_id, edited.service, edited.service_month), 0) AS month_total
  FROM edited
 CROSS JOIN LATERAL (
       SELECT 1 AS place, edited.before AS code, edited.units WHERE edited.before IS NOT NULL
       UNION ALL
       SELECT 1, 'accepted', edited.fits WHERE edited.before IS NULL AND edited.after IS NULL AND edited.fits > 0
       UNION ALL
       SELECT 2, 'maximum_reached', edited.units - edited.fits
        WHERE edited.before IS NULL AND edited.after IS NULL AND edited.fits < edited.units
       UNION ALL
       -- a record that would not be paid anyway: whether any of it would still fit decides which code comes first
       SELECT 1, CASE WHEN edited.fits > 0 THEN edited.after ELSE 'maximum_reached' END, edited.units
        WHERE edited.before IS NULL AND edited.after IS NOT NULL) AS piece
WINDOW month_so_far AS (
       PARTITION BY edited.member_id, edited.service, edited.service_month
       ORDER BY edited.turn, piece.place ROWS UNBOUNDED PRECEDING);
