-- A row: decisions of one slice, as `slice` says: all of them, a kind of request and urgency, or a team. `entry` are the
-- decisions. Medians cannot be put together from parts, so each slice is worked out from its own decisions.
SELECT CASE WHEN grouping(request_kind) = 0 THEN 'kind' WHEN grouping(team) = 0 THEN 'team' ELSE 'all' END AS slice,
       request_kind, urgency, team,
       count(*) AS decided,
       count(*) FILTER (WHERE outcome = 'approved') AS approved,
       count(*) FILTER (WHERE outcome = 'changed') AS changed,
       count(*) FILTER (WHERE outcome = 'denied') AS denied,
       count(*) FILTER (WHERE automatic) AS automatic,
       count(*) FILTER (WHERE extended AND outcome IN ('approved', 'changed')) AS after_extension,
       count(*) FILTER (WHERE request_kind_is_reconsideration AND outcome IN ('approved', 'changed'))
           AS on_reconsideration,
       count(*) FILTER (WHERE in_time) AS timely,
       avg(hours) AS mean_hours,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median_hours
  FROM (SELECT entry.request_kind, entry.urgency, entry.team, entry.outcome, entry.automatic, entry.in_time,
               -- inside GROUPING SETS the kind itself is null for all slices but its own
               entry.request_kind = 'reconsideration' AS request_kind_is_reconsideration,
               -- asked once and hashed, whatever number of entries the planner expects
               entry.request_id IN (SELECT about_id FROM authorizations_question WHERE effect = 'extend') AS extended,
               extract(epoch FROM entry.decided_at - entry.received_at)::double precision / 3600 AS hours
          FROM entry) AS decision
 GROUP BY GROUPING SETS ((), (request_kind, urgency), (team));
