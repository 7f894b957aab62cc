-- One row: upgrades, those whose record dates a trigger, and the medians of days from the first such trigger to the
-- request and to the decision. An attested trigger is met by being attested, so it dates nothing. `entry` are the upgrades.
SELECT count(*) AS upgrades,
       count(since) AS dated,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (received_at AT TIME ZONE zone)::date - since) AS to_request,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (decided_at AT TIME ZONE zone)::date - since) AS to_decision
  FROM (SELECT entry.received_at, entry.decided_at, entry.zone,
               (SELECT min((one ->> 'since')::date) FROM jsonb_array_elements(entry.triggers) AS one
                 WHERE (one ->> 'met')::boolean AND NOT coalesce((one ->> 'attested')::boolean, false)) AS since
          FROM entry) AS upgrade;
