-- authorised: one episode, with the days on which work draws on it (an early end cuts them, and one on the first day
-- leaves none), and the price list that a price for each episode goes by: that of the version which governs its first
-- day, where that one prices the service by episode.
CREATE TEMP TABLE authorised ON COMMIT DROP AS
SELECT episode.id AS episode_id, episode.member_id, episode.service, episode.units, episode.starts_on,
       COALESCE(episode.ended_early_on, episode.ends_before) AS ends_before,
       service.version_id AS list_version_id, service.tier_mode AS list_mode
  FROM authorizations_episode AS episode
  JOIN term_version AS version ON version.starts_on <= episode.starts_on AND episode.starts_on < version.ends_before
  LEFT JOIN term_service AS service
    ON service.version_id = version.version_id AND service.service = episode.service
   AND service.price_kind = 'tiers_episode'
 WHERE episode.contract_id = %(contract)s
   AND episode.starts_on < COALESCE(episode.ended_early_on, episode.ends_before);

ANALYZE authorised;
