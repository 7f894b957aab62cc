-- The records that lie in one episode's window, in the order in which they draw its units, with what each draws and what
-- is left after it. A record that draws nothing says why.
WITH inside AS (
    SELECT work.id, work.activity_ref, work.occurred_on, work.occurred_at, work.units, work.verified_on,
           work.received_on, episode.units AS authorised,
           CASE
               WHEN work.attempted THEN 'attempted'
               WHEN work.rejected_on IS NOT NULL THEN 'rejected'
               WHEN EXISTS (SELECT
                              FROM baseline_activity AS reversal
                             WHERE reversal.contract_id = work.contract_id
                               AND reversal.reverses <> '' AND reversal.reverses = work.activity_ref) THEN 'reversed'
               ELSE '' END AS why_not
      FROM authorizations_episode AS episode
      JOIN baseline_activity AS work
        ON work.contract_id = episode.contract_id AND work.member_id = episode.member_id
       AND work.service = episode.service
       AND work.occurred_on >= episode.starts_on
       AND work.occurred_on < COALESCE(episode.ended_early_on, episode.ends_before)
       AND work.reverses = ''
     WHERE episode.id = %(episode)s
)
SELECT id AS activity_id, activity_ref, occurred_on, received_on, units, verified_on, why_not,
       authorised - sum(CASE WHEN why_not = '' THEN units ELSE 0 END) OVER (
           ORDER BY occurred_on, occurred_at NULLS FIRST, activity_ref COLLATE "C") AS left_after
  FROM inside
 ORDER BY occurred_on, occurred_at NULLS FIRST, activity_ref COLLATE "C";
