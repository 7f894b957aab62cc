-- One item for each record of a batch, in the order given, with what the record says now.
INSERT INTO baseline_verificationitem (organisation_id, batch_id, activity_id, position, digest)
SELECT %(organisation)s, %(batch)s, work.id, given.position - 1,
       md5(concat_ws('|', work.member_id, work.service, work.occurred_on, work.units, work.amount, work.attempted,
                     work.criteria_met::text, work.criteria_not_met::text))
  FROM unnest(%(activities)s::bigint[]) WITH ORDINALITY AS given (activity_id, position)
  JOIN baseline_activity AS work ON work.id = given.activity_id;
