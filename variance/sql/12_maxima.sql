-- turn: a record's place among the member's records of the service, by date, then time (one without comes first), then
-- reference. Only services with episodes, a maximum or tiers need it.
UPDATE edited
   SET turn = ordered.turn
  FROM (SELECT activity_id,
               row_number() OVER (
                   PARTITION BY member_id, service
                   ORDER BY occurred_on, occurred_at NULLS FIRST, activity_ref COLLATE "C") AS turn
          FROM edited
         WHERE service IN (SELECT service
                             FROM term_service
                            WHERE max_units IS NOT NULL OR tier_mode IS NOT NULL OR authorization_required)) AS ordered
 WHERE ordered.activity_id = edited.activity_id;

-- A record of an episode fits as far as the clean ones before it in turn left units: as long as some are left, all that
-- came before it fitted whole.
UPDATE edited
   SET authorised_left = drawn.left_then, fits = drawn.left_then
  FROM (SELECT activity_id,
               GREATEST(authorised_units - COALESCE(sum(units) FILTER (WHERE after IS NULL) OVER earlier, 0), 0)
               AS left_then
          FROM edited
         WHERE episode_id IS NOT NULL AND before IS NULL
        WINDOW earlier AS (PARTITION BY episode_id ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
       ) AS drawn
 WHERE drawn.activity_id = edited.activity_id AND drawn.left_then < edited.units;

CREATE INDEX ON edited (member_id, service, turn) WHERE turn IS NOT NULL;

-- Where a maximum may bind, walk the member's records of the service in turn: a record fits as far as the clean ones of
-- the window that ends on its day leave room, and those of its episode leave units. `fits` becomes the units that may be
-- paid. Elsewhere the maximum leaves everything, so the walk is kept to members whose clean units in some window reach it.
DO $walk$
DECLARE
    person record;
    work record;
    used numeric;
    drawn numeric;
BEGIN
    FOR person IN
        SELECT DISTINCT here.member_id, here.service
          FROM edited AS here
         WHERE here.max_units IS NOT NULL AND here.before IS NULL
           AND here.max_units <= (
               SELECT sum(other.units)
                 FROM edited AS other
                WHERE other.member_id = here.member_id AND other.service = here.service AND other.turn IS NOT NULL
                  AND other.before IS NULL AND other.after IS NULL
                  AND other.occurred_on > here.occurred_on - here.max_days AND other.occurred_on <= here.occurred_on)
    LOOP
        FOR work IN
            SELECT * FROM edited
             WHERE member_id = person.member_id AND service = person.service
               AND before IS NULL AND (max_units IS NOT NULL OR episode_id IS NOT NULL)
             ORDER BY turn
        LOOP
            SELECT COALESCE(sum(earlier.fits) FILTER (
                       WHERE earlier.occurred_on > work.occurred_on - work.max_days), 0),
                   COALESCE(sum(earlier.fits) FILTER (WHERE earlier.episode_id = work.episode_id), 0)
              INTO used, drawn
              FROM edited AS earlier
             WHERE earlier.member_id = work.member_id AND earlier.service = work.service
               AND earlier.before IS NULL AND earlier.after IS NULL
               AND earlier.turn < work.turn;
            -- LEAST passes over what does not apply; so would GREATEST, and call work without an episode exceeded
            UPDATE edited
               SET authorised_left = CASE WHEN work.authorised_units IS NOT NULL
                                          THEN GREATEST(work.authorised_units - drawn, 0) END,
                   fits = GREATEST(LEAST(work.units, work.max_units - used, work.authorised_units - drawn), 0)
             WHERE activity_id = work.activity_id AND member_id = work.member_id AND service = work.service
               AND turn = work.turn;
        END LOOP;
    END LOOP;
END
$walk$;
