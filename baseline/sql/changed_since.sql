-- One row: the first day of which a figure of delivery may be other than it was when history had come to the marks, by
-- all that was written since. A record tells for every day that it ever named, one that reverses another for that
-- one's day; cover whose end moved for the days from the earlier end on, and for nothing where only its group changed; a
-- level, which stands until the next, from its first day on, and for nothing where only its end moved.
WITH touched AS (
    SELECT h.occurred_on, h.reverses
      FROM baseline_historicalactivity h
     WHERE h.id IN (SELECT n.id FROM baseline_historicalactivity n
                     WHERE n.history_id > %(activity)s AND n.contract_id = %(contract)s)),
cover AS (
    SELECT h.history_id, h.history_type, h.member_id, h.starts_on, coalesce(h.ends_before, '9999-12-31') AS ends_before,
           lag(h.member_id) OVER past AS was_member, lag(h.starts_on) OVER past AS was_starts,
           lag(coalesce(h.ends_before, '9999-12-31')) OVER past AS was_ends
      FROM eligibility_historicalcoveragespan h
     WHERE h.id IN (SELECT n.id FROM eligibility_historicalcoveragespan n
                     WHERE n.history_id > %(coverage)s AND n.contract_id = %(contract)s)
    WINDOW past AS (PARTITION BY h.id ORDER BY h.history_id)),
level AS (
    SELECT h.history_id, h.history_type, h.member_id, h.level, h.starts_on, lag(h.member_id) OVER past AS was_member,
           lag(h.level) OVER past AS was_level, lag(h.starts_on) OVER past AS was_starts
      FROM eligibility_historicallevelspan h
     WHERE h.id IN (SELECT n.id FROM eligibility_historicallevelspan n
                     WHERE n.history_id > %(level)s AND n.contract_id = %(contract)s)
    WINDOW past AS (PARTITION BY h.id ORDER BY h.history_id))
SELECT min(day) AS day
  FROM (SELECT occurred_on AS day FROM touched
        UNION ALL
        SELECT a.occurred_on
          FROM touched JOIN baseline_activity a ON a.contract_id = %(contract)s AND a.activity_ref = touched.reverses
         WHERE touched.reverses <> ''
        UNION ALL
        SELECT CASE WHEN history_type = '~' AND (member_id, starts_on) = (was_member, was_starts)
                    THEN least(ends_before, was_ends) ELSE least(starts_on, was_starts) END
          FROM cover WHERE history_id > %(coverage)s
           AND NOT (history_type = '~' AND (member_id, starts_on, ends_before) = (was_member, was_starts, was_ends))
        UNION ALL
        SELECT least(starts_on, was_starts)
          FROM level WHERE history_id > %(level)s
           AND NOT (history_type = '~' AND (member_id, level, starts_on) = (was_member, was_level, was_starts))
       ) AS changed
