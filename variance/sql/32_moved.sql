-- moved: a member whose coverage or levels were written since the last close, from the history that the database keeps.
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT member_id, bool_or(is_coverage) AS coverage, bool_or(NOT is_coverage) AS level
  FROM (SELECT member_id, true AS is_coverage
          FROM eligibility_historicalcoveragespan
         WHERE contract_id = %(contract)s AND history_date > %(frozen_at)s
        UNION ALL
        SELECT member_id, false
          FROM eligibility_historicallevelspan
         WHERE contract_id = %(contract)s AND history_date > %(frozen_at)s) AS written
 GROUP BY member_id;

ANALYZE moved;

-- reauthorised: a member with an episode that was written since the last close.
CREATE TEMP TABLE reauthorised ON COMMIT DROP AS
SELECT DISTINCT member_id
  FROM authorizations_historicalepisode
 WHERE contract_id = %(contract)s AND history_date > %(frozen_at)s;

ANALYZE reauthorised;
