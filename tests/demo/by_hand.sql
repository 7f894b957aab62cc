-- The caseload figures of every week and month of one contract, worked out day by day from the tables alone: the terms
-- are read from the signed documents, and no part of the program is asked. Two tables: a row for each member and time,
-- and one for each of their services in it. docs/calculations/caseload.md says what they mean.
CREATE TEMPORARY TABLE hand_version AS
SELECT number, document AS terms,
       CASE WHEN in_force_from = min(in_force_from) OVER () THEN '-infinity' ELSE in_force_from END AS in_force_from
  FROM contracts_contractversion
 WHERE contract_id = %(contract)s AND status = 'signed';

CREATE TEMPORARY TABLE hand_day AS
SELECT day::date AS day,
       (SELECT v.number FROM hand_version v WHERE v.in_force_from <= day ORDER BY v.number DESC LIMIT 1) AS number
  FROM generate_series(%(first)s::date - 370, %(last)s::date + 7, '1 day') AS day;

CREATE TEMPORARY TABLE hand_often AS
SELECT number, item ->> 'service' AS service, level, split_part(often, '/', 1)::int AS times,
       CASE split_part(often, '/', 2)
           WHEN 'week' THEN interval '7 days' WHEN 'month' THEN interval '1 month'
           WHEN 'quarter' THEN interval '3 months' WHEN 'half_year' THEN interval '6 months'
           WHEN 'year' THEN interval '1 year' END AS per
  FROM hand_version, jsonb_array_elements(terms -> 'baseline' -> 'package') AS item,
       jsonb_each_text(item -> 'expected') AS expected (level, often);

CREATE TEMPORARY TABLE hand_care AS
SELECT c.member_id, d.day, d.number,
       coalesce((SELECT l.level FROM eligibility_levelspan l
                  WHERE l.member_id = c.member_id AND l.contract_id = c.contract_id AND l.starts_on <= d.day
                  ORDER BY l.starts_on DESC LIMIT 1),
                v.terms -> 'eligibility' ->> 'provisional_level') AS level
  FROM eligibility_coveragespan c
  JOIN hand_day d ON d.day >= c.starts_on AND d.day < coalesce(c.ends_before, 'infinity')
  JOIN hand_version v USING (number)
 WHERE c.contract_id = %(contract)s;
CREATE INDEX ON hand_care (member_id, day);

CREATE TEMPORARY TABLE hand_contact AS
SELECT a.id, a.member_id, a.service, a.occurred_on, a.planned, a.minutes, s ->> 'kind' AS kind
  FROM baseline_activity a
  JOIN hand_day d ON d.day = a.occurred_on
  JOIN hand_version v USING (number)
  JOIN jsonb_array_elements(v.terms -> 'services') AS s ON s ->> 'code' = a.service
 WHERE a.contract_id = %(contract)s AND NOT a.attempted AND a.reverses = ''
   AND (s ->> 'kind' = 'baseline' OR coalesce(s ->> 'paid', 'true') = 'true')
   AND a.activity_ref NOT IN (SELECT r.reverses FROM baseline_activity r WHERE r.contract_id = %(contract)s);
CREATE INDEX ON hand_contact (member_id);

CREATE TEMPORARY TABLE hand_time AS
SELECT monday::date AS starts, monday::date + 7 AS before
  FROM generate_series(date_trunc('week', %(first)s::date), %(last)s::date, '7 days') AS monday
UNION
SELECT month::date, (month + interval '1 month')::date
  FROM generate_series(date_trunc('month', %(first)s::date), %(last)s::date, '1 month') AS month;

CREATE TEMPORARY TABLE hand_last AS
SELECT t.starts, t.before, c.*, a.team_id, a.practitioner_id
  FROM hand_time t
  JOIN LATERAL (SELECT DISTINCT ON (member_id) * FROM hand_care
                 WHERE day >= t.starts AND day < t.before ORDER BY member_id, day DESC) c ON true
  LEFT JOIN eligibility_assignment a ON a.member_id = c.member_id AND a.kind = 'lead' AND a.starts_on <= c.day
                                    AND coalesce(a.ends_before, 'infinity') > c.day;

CREATE TEMPORARY TABLE hand_service AS
SELECT l.starts, l.before, l.member_id, l.team_id, o.service,
       (SELECT round(sum(past.times / (l.before - (l.before - past.per)::date)::numeric), 6)
          FROM hand_care c JOIN hand_often past USING (number, level)
         WHERE c.member_id = l.member_id AND past.service = o.service
           AND c.day >= l.before - o.per AND c.day < l.before) AS expected,
       (SELECT count(*) FROM hand_contact c
         WHERE c.member_id = l.member_id AND c.service = o.service
           AND c.occurred_on >= l.before - o.per AND c.occurred_on < l.before) AS delivered
  FROM hand_last l JOIN hand_often o USING (number, level);
CREATE INDEX ON hand_service (member_id, starts, before);

CREATE TEMPORARY TABLE hand_member AS
SELECT l.starts, l.before, l.member_id, m.reference, l.day, l.level, coalesce(l.team_id, 0) AS team_id,
       l.practitioner_id, contact.*, follow_up.*, package.*, package.services IS NOT NULL AS with_package,
       coalesce(package.missing = '', false) AS served,
       coalesce(package.within * 2 < package.expected AND package.missing <> '', false)
           OR follow_up.late > 0 OR l.practitioner_id IS NULL AS stands_out,
       (SELECT max(c.occurred_on) FROM hand_contact c
         WHERE c.member_id = l.member_id AND c.planned AND c.occurred_on < l.before) AS planned_on
  FROM hand_last l
  JOIN eligibility_member m ON m.id = l.member_id,
       LATERAL (SELECT count(*) AS contacts, coalesce(sum(minutes), 0) AS minutes, count(minutes) AS timed,
                       count(*) FILTER (WHERE NOT planned) AS unplanned,
                       count(*) FILTER (WHERE kind = 'episodic') AS episodic
                  FROM hand_contact c
                 WHERE c.member_id = l.member_id AND c.occurred_on >= l.starts AND c.occurred_on < l.before) contact,
       LATERAL (SELECT count(*) AS due,
                       -- in a week under way nothing is late before its day is past; a month is told as it will end
                       count(*) FILTER (WHERE f.due_on < CASE WHEN l.before - l.starts = 7 THEN
                           least(l.before, (now() AT TIME ZONE (
                               SELECT timezone FROM contracts_contract WHERE id = %(contract)s))::date)
                           ELSE l.before END) AS late
                  FROM baseline_followup f
                 WHERE f.member_id = l.member_id AND f.contract_id = %(contract)s AND f.happened_on < l.before
                   AND f.status IN ('open', 'done') AND coalesce(f.completed_on, 'infinity') >= l.before) follow_up,
       LATERAL (SELECT nullif(count(*), 0) AS services, sum(s.expected) AS expected, sum(s.delivered) AS delivered,
                       sum(least(s.expected, s.delivered)) AS within,
                       coalesce(string_agg(s.service, ' ' ORDER BY s.service)
                                FILTER (WHERE s.delivered < floor(s.expected)), '') AS missing
                  FROM hand_service s
                 WHERE (s.starts, s.before, s.member_id) = (l.starts, l.before, l.member_id)) package;
