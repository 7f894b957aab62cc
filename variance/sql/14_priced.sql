-- priced: a part at one unit price. Tiers may cut a part in several; as-billed parts have no unit price.
-- The amount of a part that is not accepted is what it would have paid.
CREATE TEMP TABLE priced ON COMMIT DROP AS
SELECT activity_id, code, part_units AS units, unit_price AS rate,
       round(part_units * COALESCE(unit_price, 0), row_places) AS amount, clause_no
  FROM part
 WHERE price_kind IN ('dated', 'none')
UNION ALL
-- what was billed for the row, not above the ceiling for its units; the accepted part is rounded, the rest is the rest
SELECT activity_id, code, part_units, NULL,
       CASE WHEN code IN ('units_exceeded', 'maximum_reached') AND fits > 0
            THEN round(billed, row_places) - round(billed * fits / units, row_places)
            ELSE round(billed * part_units / units, row_places) END, clause_no
  FROM (SELECT part.*, LEAST(COALESCE(amount, 0), ceiling * units) AS billed FROM part) AS part
 WHERE price_kind = 'as_billed'
UNION ALL
-- marginal tiers: every unit at the tier that it falls into; what is not accepted is priced as if it came next
SELECT part.activity_id, part.code, sum(cut.units), tier.amount,
       round(sum(cut.units) * tier.amount, part.row_places), min(tier.clause_no)
  FROM part
  JOIN term_tier AS tier ON tier.version_id = part.list_version_id AND tier.service = part.service
 CROSS JOIN LATERAL (
       SELECT LEAST(part.counted_before + part.part_units, tier.up_to)
              - GREATEST(part.counted_before, tier.above) AS units) AS cut
 WHERE part.price_kind IN ('tiers_month', 'tiers_episode') AND part.tier_mode = 'marginal' AND cut.units > 0
 GROUP BY part.activity_id, part.code, tier.amount, part.row_places
UNION ALL
-- cliff: every unit at the tier that the total reaches
SELECT part.activity_id, part.code, part.part_units, tier.amount,
       round(part.part_units * tier.amount, part.row_places), tier.clause_no
  FROM part
 CROSS JOIN LATERAL (
       SELECT CASE WHEN part.code = 'accepted' THEN part.counted_total
                   ELSE part.counted_total + part.part_units END AS units) AS reached
  JOIN term_tier AS tier
    ON tier.version_id = part.list_version_id AND tier.service = part.service
   AND tier.above < reached.units AND (tier.up_to IS NULL OR reached.units <= tier.up_to)
 WHERE part.price_kind IN ('tiers_month', 'tiers_episode') AND part.tier_mode = 'cliff';

-- accepted work of paid services joins what is owed; costed services owe nothing
INSERT INTO owed
SELECT 'activity', record.service_month, record.member_id, record.activity_id, COALESCE(record.level, ''),
       record.cohort, record.geography, record.service, priced.rate, priced.units, priced.amount,
       priced.clause_no
  FROM priced
  JOIN work_record AS record USING (activity_id)
 WHERE priced.code = 'accepted' AND NOT record.costed;

-- judged: the outcome of a record as it stands now, one row per part
CREATE TEMP TABLE judged ON COMMIT DROP AS
SELECT record.activity_id, record.member_id, record.service, record.service_month, record.occurred_on,
       CASE WHEN summed.code <> 'accepted' THEN summed.code WHEN record.costed THEN 'costed' ELSE 'paid' END AS code,
       summed.units::numeric(18, 6) AS quantity, summed.amount::numeric(18, 6) AS amount
  FROM (SELECT activity_id, code, sum(units) AS units, sum(amount) AS amount
          FROM priced
         GROUP BY activity_id, code) AS summed
  JOIN work_record AS record USING (activity_id);

ANALYZE owed (component, member_id, service_month, activity_id), judged (activity_id, code);
