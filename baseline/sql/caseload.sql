-- A row: one group of the caseload of a week or month, told apart by `kind`: all of it, a level, a practitioner, a
-- team, a service of the package, or one member. See docs/calculations/caseload.md.
WITH term AS (
    SELECT * FROM unnest(%(service)s::text[], %(service_from)s::date[], %(service_before)s::date[],
                         %(service_contact)s::bool[], %(service_kind)s::text[])
               AS t (service, starts_on, ends_before, contact, kind)),
pkg AS (
    SELECT * FROM unnest(%(package_service)s::text[], %(package_level)s::text[], %(package_from)s::date[],
                         %(package_before)s::date[], %(package_times)s::int[], %(package_window_from)s::date[],
                         %(package_window_days)s::int[])
               AS t (service, level, starts_on, ends_before, times, window_from, window_days)),
provisional AS (
    SELECT * FROM unnest(%(provisional_from)s::date[], %(provisional_before)s::date[], %(provisional_level)s::text[])
               AS t (starts_on, ends_before, level)),
candidate AS (
    -- of one team: whoever it leads in the time; else whoever is covered in it
    SELECT a.member_id FROM eligibility_assignment a
     WHERE %(team)s > 0 AND a.organisation_id = %(organisation)s AND a.team_id = %(team)s AND a.kind = 'lead'
       AND a.starts_on < %(before)s AND (a.ends_before IS NULL OR a.ends_before > %(starts)s)
    UNION
    SELECT c.member_id FROM eligibility_coveragespan c
     WHERE coalesce(%(team)s, 0) = 0 AND c.contract_id = %(contract)s
       AND c.starts_on < %(before)s AND (c.ends_before IS NULL OR c.ends_before > %(starts)s)),
covered AS MATERIALIZED (
    -- each member on the last covered day of the time
    SELECT DISTINCT ON (c.member_id)
           c.member_id, c.cohort, c.geography, least(c.ends_before, %(before)s::date) - 1 AS day
      FROM candidate JOIN eligibility_coveragespan c USING (member_id)
     WHERE c.contract_id = %(contract)s
       AND c.starts_on < %(before)s AND (c.ends_before IS NULL OR c.ends_before > %(starts)s)
     ORDER BY c.member_id, c.starts_on DESC),
led AS MATERIALIZED (
    SELECT c.*, a.team_id, a.practitioner_id, coalesce(l.level, p.level) AS level
      FROM covered c
      LEFT JOIN eligibility_assignment a ON a.member_id = c.member_id AND a.kind = 'lead' AND a.starts_on <= c.day
                                        AND (a.ends_before IS NULL OR a.ends_before > c.day)
      LEFT JOIN LATERAL (
           SELECT level FROM eligibility_levelspan l
            WHERE l.member_id = c.member_id AND l.contract_id = %(contract)s AND l.starts_on <= c.day
            ORDER BY l.starts_on DESC LIMIT 1) l ON true
      LEFT JOIN provisional p ON l.level IS NULL AND c.day >= p.starts_on AND c.day < p.ends_before
     WHERE %(team)s IS NULL OR coalesce(a.team_id, 0) = %(team)s),
contact AS MATERIALIZED (
    SELECT a.member_id, a.service, a.occurred_on, a.planned, a.minutes, t.kind, led.level, led.day
      FROM led
      JOIN baseline_activity a ON a.member_id = led.member_id AND a.contract_id = %(contract)s
                              AND a.occurred_on >= %(earliest)s AND a.occurred_on < %(before)s
      JOIN term t ON t.contact AND t.service = a.service
                 AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
     WHERE NOT a.attempted AND a.reverses = ''
       AND NOT EXISTS (SELECT FROM baseline_activity r
                        WHERE r.contract_id = a.contract_id AND r.reverses <> '' AND r.reverses = a.activity_ref)),
stretch AS (
    -- the level of care over time: a decided level stands until the next one, and before the first the provisional
    SELECT led.member_id, led.level AS now, led.day, l.level, l.starts_on,
           lead(l.starts_on) OVER (PARTITION BY l.member_id ORDER BY l.starts_on) AS ends_before
      FROM led JOIN eligibility_levelspan l ON l.member_id = led.member_id AND l.contract_id = %(contract)s
    UNION ALL
    SELECT led.member_id, led.level, led.day, p.level, p.starts_on, least(p.ends_before, first.starts_on)
      FROM led
      LEFT JOIN LATERAL (SELECT min(l.starts_on) AS starts_on FROM eligibility_levelspan l
                          WHERE l.member_id = led.member_id AND l.contract_id = %(contract)s) first ON true
      JOIN provisional p ON first.starts_on IS NULL OR p.starts_on < first.starts_on),
piece AS (
    SELECT s.member_id, s.now, s.day, s.level, greatest(c.starts_on, s.starts_on) AS starts_on,
           least(c.ends_before, s.ends_before, %(before)s::date) AS ends_before
      FROM stretch s
      JOIN eligibility_coveragespan c ON c.member_id = s.member_id AND c.contract_id = %(contract)s
       AND c.starts_on < least(s.ends_before, %(before)s::date)
       AND (c.ends_before IS NULL OR c.ends_before > greatest(s.starts_on, %(earliest)s::date))
     WHERE s.starts_on < %(before)s),
-- What follows adds up rows of several kinds instead of joining them: every table here is worked out on the spot, and a
-- join of two of them would be planned without knowing how large they are.
package AS MATERIALIZED (
    SELECT member_id, service, round(sum(day_times / window_days), 6) AS expected, sum(delivered) AS delivered,
           sum(delivered) < floor(round(sum(day_times / window_days), 6)) AS behind
      FROM (SELECT piece.member_id, wanted.service, rate.window_days, 0 AS delivered,
                   sum((least(piece.ends_before, rate.ends_before)
                        - greatest(piece.starts_on, rate.starts_on, wanted.window_from)) * rate.times)::numeric
                   AS day_times
              FROM piece
              JOIN pkg wanted ON wanted.level = piece.now
                             AND piece.day >= wanted.starts_on AND piece.day < wanted.ends_before
                             AND piece.ends_before > wanted.window_from
              JOIN pkg rate ON rate.service = wanted.service AND rate.level = piece.level
                           AND rate.starts_on < piece.ends_before
                           AND rate.ends_before > greatest(piece.starts_on, wanted.window_from)
             GROUP BY piece.member_id, wanted.service, rate.window_days
            UNION ALL
            SELECT contact.member_id, contact.service, 1, count(*), 0
              FROM contact
              JOIN pkg wanted ON wanted.level = contact.level AND wanted.service = contact.service
                             AND contact.day >= wanted.starts_on AND contact.day < wanted.ends_before
                             AND contact.occurred_on >= wanted.window_from
             GROUP BY contact.member_id, contact.service) part
     GROUP BY member_id, service),
part AS (
    SELECT member_id, team_id, practitioner_id, level, cohort, geography, day,
           0 AS contacts, 0 AS minutes, 0 AS timed, 0 AS unplanned, 0 AS episodic, 0 AS waiting, 0 AS late,
           0 AS services, 0 AS behind, 0::numeric AS expected, 0 AS delivered, 0::numeric AS within, NULL::jsonb AS detail
      FROM led
    UNION ALL
    SELECT member_id, NULL, NULL, NULL, NULL, NULL, NULL,
           count(*), coalesce(sum(minutes), 0), count(minutes), count(*) FILTER (WHERE NOT planned),
           count(*) FILTER (WHERE kind = 'episodic'), 0, 0, 0, 0, 0, 0, 0, NULL
      FROM contact WHERE occurred_on >= %(starts)s GROUP BY member_id
    UNION ALL
    -- as it stood at the end of the time; late is what was due before it, or in a time under way before today
    SELECT f.member_id, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0,
           count(*), count(*) FILTER (WHERE f.due_on < %(late_before)s), 0, 0, 0, 0, 0, NULL
      FROM led JOIN baseline_followup f ON f.member_id = led.member_id AND f.contract_id = %(contract)s
     WHERE f.happened_on < %(before)s AND f.status IN ('open', 'done')
       AND (f.completed_on IS NULL OR f.completed_on >= %(before)s)
     GROUP BY f.member_id
    UNION ALL
    SELECT member_id, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0,
           count(*), count(*) FILTER (WHERE behind), sum(expected), sum(delivered), sum(least(expected, delivered)),
           jsonb_object_agg(service, jsonb_build_array(expected, delivered))
      FROM package GROUP BY member_id),
summed AS MATERIALIZED (
    SELECT member_id, max(team_id) AS team_id, max(practitioner_id) AS practitioner_id, max(level) AS level,
           max(cohort) AS cohort, max(geography) AS geography, max(day) AS day, sum(contacts) AS contacts,
           sum(minutes) AS minutes, sum(timed) AS timed, sum(unplanned) AS unplanned, sum(episodic) AS episodic,
           sum(waiting) AS waiting, sum(late) AS late, sum(services) AS services, sum(behind) AS behind,
           sum(expected) AS expected, sum(delivered) AS delivered,
           -- less than half of the package, and a whole contact at least; something late; or nobody there
           sum(within) * 2 < sum(expected) AND sum(behind) > 0 OR sum(late) > 0 OR max(practitioner_id) IS NULL
           AS stands_out,
           (array_agg(detail) FILTER (WHERE detail IS NOT NULL))[1] AS detail
      FROM part GROUP BY member_id),
of_member AS (
    SELECT summed.*, last.occurred_on AS planned_on
      FROM summed
      LEFT JOIN LATERAL (
           SELECT a.occurred_on FROM baseline_activity a
             JOIN term t ON t.contact AND t.service = a.service
                        AND a.occurred_on >= t.starts_on AND a.occurred_on < t.ends_before
            WHERE a.member_id = summed.member_id AND a.contract_id = %(contract)s AND a.occurred_on < %(before)s
              AND a.planned AND NOT a.attempted AND a.reverses = ''
              AND NOT EXISTS (SELECT FROM baseline_activity r
                               WHERE r.contract_id = a.contract_id AND r.reverses <> ''
                                 AND r.reverses = a.activity_ref)
            ORDER BY a.occurred_on DESC LIMIT 1) last ON true)
SELECT CASE WHEN grouping(level) = 0 THEN 'level' WHEN grouping(practitioner_id) = 0 THEN 'practitioner'
            WHEN grouping(team_id) = 0 THEN 'team' ELSE 'all' END AS kind,
       CASE WHEN grouping(level) = 0 THEN level WHEN grouping(practitioner_id) = 0 THEN practitioner_id::text
            WHEN grouping(team_id) = 0 THEN team_id::text END AS key,
       count(*) AS members, count(*) FILTER (WHERE contacts > 0) AS reached, coalesce(sum(contacts), 0) AS contacts,
       coalesce(sum(minutes), 0) AS minutes, coalesce(sum(timed), 0) AS timed, coalesce(sum(unplanned), 0) AS unplanned,
       coalesce(sum(episodic), 0) AS episodic, coalesce(sum(waiting), 0) AS waiting, coalesce(sum(late), 0) AS late,
       count(*) FILTER (WHERE services > 0) AS with_package,
       count(*) FILTER (WHERE services > 0 AND behind = 0) AS served, coalesce(sum(behind), 0) AS behind,
       coalesce(sum(expected), 0) AS expected, coalesce(sum(delivered), 0) AS delivered,
       count(*) FILTER (WHERE stands_out) AS stand_out, NULL::jsonb AS detail
  FROM summed
 GROUP BY GROUPING SETS ((), (level), (practitioner_id), (team_id))
UNION ALL
SELECT 'service', service, count(*), count(*) FILTER (WHERE delivered > 0), sum(delivered), 0, 0, 0, 0, 0, 0, count(*),
       count(*) FILTER (WHERE NOT behind), count(*) FILTER (WHERE behind), sum(expected), sum(delivered), 0, NULL
  FROM package
 GROUP BY service
UNION ALL
SELECT 'member', member_id::text, 1, (contacts > 0)::int, contacts, minutes, timed, unplanned, episodic, waiting, late,
       (services > 0)::int, (services > 0 AND behind = 0)::int, behind, coalesce(expected, 0), coalesce(delivered, 0),
       stands_out::int,
       jsonb_build_object('cohort', cohort, 'geography', geography, 'level', level, 'team', team_id,
                          'practitioner', practitioner_id, 'planned_on', planned_on, 'day', day, 'package', detail)
  FROM of_member
 WHERE %(each_member)s
