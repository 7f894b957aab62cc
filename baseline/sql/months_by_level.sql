-- A row: one month and level of care, with the members covered at it, their member-months (covered days over the days
-- of the month) and the contacts that they had on those days. Contacts of people who were not covered that day have no
-- level and stand in the row without one.
WITH month AS (
    SELECT first::date, (first + interval '1 month')::date AS before
      FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 month') AS first),
term AS (
    SELECT * FROM unnest(%(service)s::text[], %(service_from)s::date[], %(service_before)s::date[],
                         %(service_contact)s::bool[], %(service_kind)s::text[])
               AS t (service, starts_on, ends_before, contact, kind)),
provisional AS (
    SELECT * FROM unnest(%(provisional_from)s::date[], %(provisional_before)s::date[], %(provisional_level)s::text[])
               AS t (starts_on, ends_before, level)),
decided AS (
    SELECT member_id, level, starts_on,
           lead(starts_on) OVER (PARTITION BY member_id ORDER BY starts_on) AS ends_before,
           min(starts_on) OVER (PARTITION BY member_id) AS first_on
      FROM eligibility_levelspan WHERE contract_id = %(contract)s),
stretch AS (
    SELECT member_id, level, starts_on, ends_before FROM decided
    UNION ALL
    SELECT c.member_id, p.level, p.starts_on, least(p.ends_before, c.first_on)
      FROM (SELECT c.member_id, min(d.first_on) AS first_on
              FROM eligibility_coveragespan c LEFT JOIN decided d ON d.member_id = c.member_id
             WHERE c.contract_id = %(contract)s GROUP BY c.member_id) c
      JOIN provisional p ON c.first_on IS NULL OR p.starts_on < c.first_on),
piece AS MATERIALIZED (
    SELECT s.member_id, s.level, greatest(c.starts_on, s.starts_on) AS starts_on,
           least(c.ends_before, s.ends_before, (%(last)s::timestamp + interval '1 month')::date) AS ends_before
      FROM eligibility_coveragespan c
      JOIN stretch s ON s.member_id = c.member_id
     WHERE c.contract_id = %(contract)s
       AND greatest(c.starts_on, s.starts_on)
           < least(c.ends_before, s.ends_before, (%(last)s::timestamp + interval '1 month')::date)
       AND coalesce(least(c.ends_before, s.ends_before), 'infinity') > %(first)s),
contact AS (
    SELECT a.member_id, a.occurred_on, a.minutes, t.kind
      FROM baseline_activity a
      JOIN term t ON t.contact AND t.service = a.service
                 AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
     WHERE a.contract_id = %(contract)s AND a.occurred_on >= %(first)s
       AND a.occurred_on < (%(last)s::timestamp + interval '1 month')::date
       AND NOT a.attempted AND a.reverses = ''
       AND NOT EXISTS (SELECT FROM baseline_activity r
                        WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref)),
part AS (
    SELECT month.first, piece.level, piece.member_id,
           (least(piece.ends_before, month.before) - greatest(piece.starts_on, month.first))::numeric
           / (month.before - month.first) AS member_months, 0 AS baseline, 0 AS episodic, 0 AS minutes
      FROM month JOIN piece ON piece.starts_on < month.before AND piece.ends_before > month.first
    UNION ALL
    SELECT date_trunc('month', contact.occurred_on)::date, piece.level, NULL, 0,
           (contact.kind = 'baseline')::int, (contact.kind = 'episodic')::int, coalesce(contact.minutes, 0)
      FROM contact
      LEFT JOIN piece ON piece.member_id = contact.member_id AND piece.starts_on <= contact.occurred_on
                     AND piece.ends_before > contact.occurred_on)
SELECT first AS month, level, count(DISTINCT member_id) AS members, round(sum(member_months), 6) AS member_months,
       sum(baseline) AS baseline, sum(episodic) AS episodic, sum(minutes) AS minutes
  FROM part
 GROUP BY first, level
 ORDER BY first, level
