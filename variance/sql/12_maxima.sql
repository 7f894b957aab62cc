-- turn: a record's place among the member's records of the service, by date, then time (one without comes first), then
-- reference. Only services with a maximum or with tiers need it.
UPDATE edited
   SET turn = ordered.turn
  FROM (SELECT activity_id,
               row_number() OVER (
                   PARTITION BY member_id, service
                   ORDER BY occurred_on, occurred_at NULLS FIRST, activity_ref COLLATE "C") AS turn
          FROM edited
         WHERE service IN (SELECT service
                             FROM term_service
                            WHERE max_units IS NOT NULL OR tier_mode IS NOT NULL)) AS ordered
 WHERE ordered.activity_id = edited.activity_id;

CREATE INDEX ON edited (member_id, service, turn) WHERE turn IS NOT NULL;

-- Where a maximum may bind, walk the member's records of the service in turn: a record fits as far as the clean ones of
-- the window that ends on its day leave room. `fits` becomes the units that may be paid. Elsewhere everything fits, so
-- the walk is kept to members whose clean units in some window reach the maximum.
DO $walk$
DECLARE
    person record;
    work record;
    used numeric;
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
               AND before IS NULL AND max_units IS NOT NULL
             ORDER BY turn
        LOOP
            SELECT COALESCE(sum(earlier.fits), 0) INTO used
              FROM edited AS earlier
             WHERE earlier.member_id = work.member_id AND earlier.service = work.service
               AND earlier.before IS NULL AND earlier.after IS NULL
               AND earlier.turn < work.turn
               AND earlier.occurred_on > work.occurred_on - work.max_days;
            UPDATE edited
               SET fits = GREATEST(LEAST(work.units, work.max_units - used), 0)
             WHERE activity_id = work.activity_id AND member_id = work.member_id AND service = work.service
               AND turn = work.turn;
        END LOOP;
    END LOOP;
END
$walk$;
