-- One episode with what was delivered on it: units of records that were delivered and stand, in its window as an early
-- end cuts it. Attempts, reversed records and records that a second look rejected draw nothing. Whether a record is paid
-- is the business of the cycle: unverified work counts here, so that nobody records more than there is.
SELECT episode.id AS episode_id, COALESCE(sum(work.units), 0) AS used,
       COALESCE(sum(work.units) FILTER (WHERE work.verified_on IS NULL), 0) AS unverified,
       max(work.occurred_on) AS last_on, count(work.id) AS records
  FROM authorizations_episode AS episode
  LEFT JOIN baseline_activity AS work
    ON work.contract_id = episode.contract_id AND work.member_id = episode.member_id
   AND work.service = episode.service
   AND work.occurred_on >= episode.starts_on
   AND work.occurred_on < COALESCE(episode.ended_early_on, episode.ends_before)
   AND work.reverses = '' AND NOT work.attempted AND work.rejected_on IS NULL
   AND NOT EXISTS (
       SELECT
         FROM baseline_activity AS reversal
        WHERE reversal.contract_id = work.contract_id
          AND reversal.reverses <> '' AND reversal.reverses = work.activity_ref)
 WHERE episode.id = ANY (%(episodes)s)
 GROUP BY episode.id;
