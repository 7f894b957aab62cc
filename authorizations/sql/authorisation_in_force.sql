-- For each question (position, contract, member, service, day) the episode that holds the day.
SELECT asked.position, episode.id AS episode_id
  FROM unnest(%(contracts)s::bigint[], %(members)s::bigint[], %(services)s::text[], %(days)s::date[])
       WITH ORDINALITY AS asked (contract_id, member_id, service, day, position)
  JOIN authorizations_episode AS episode
    ON episode.contract_id = asked.contract_id AND episode.member_id = asked.member_id
   AND episode.service = asked.service
   AND episode.starts_on <= asked.day
   AND asked.day < COALESCE(episode.ended_early_on, episode.ends_before);
