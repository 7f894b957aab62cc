-- A pilot of any size, written straight into the tables: members with coverage (some leave, some join late), one level
-- decision each and a second one for every fifth, a baseline contact a member and month, and a crisis visit for every
-- eighth member-month, of which some are unverified, late, duplicates or fail a criterion.
INSERT INTO eligibility_member (organisation_id, reference, given_name, family_name, sex, ethnicity, language, disability)
SELECT %(organisation)s, 'B' || to_char(n, 'FM0000000'), '', '', '', '', '', ''
  FROM generate_series(1, %(members)s) AS n;

CREATE TEMP TABLE person ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) AS n FROM eligibility_member WHERE organisation_id = %(organisation)s;

INSERT INTO eligibility_coveragespan (organisation_id, contract_id, member_id, cohort, geography, starts_on, ends_before, source)
SELECT %(organisation)s, %(contract)s, id, (ARRAY['adult', 'older', 'complex'])[1 + n %% 3],
       (ARRAY['north', 'south', 'islands'])[1 + n / 7 %% 3],
       CASE WHEN n %% 6 = 0 THEN date '2026-01-01' + (n %% 300)::int ELSE date '2026-01-01' END,
       CASE WHEN n %% 9 = 0 THEN date '2026-01-01' + (300 + n %% 150)::int END, 'feed'
  FROM person;

INSERT INTO eligibility_levelspan (
       organisation_id, contract_id, member_id, level, starts_on, ends_before, source, decided_on, decided_by, rationale,
       instrument)
SELECT %(organisation)s, %(contract)s, id, (ARRAY['L1', 'L1', 'L2', 'L3', 'L4'])[1 + n %% 5], date '2026-01-10',
       CASE WHEN n %% 5 = 1 THEN date '2026-06-20' + (n %% 90)::int END, 'feed', date '2026-01-05', 'source', 'generated', ''
  FROM person
UNION ALL
SELECT %(organisation)s, %(contract)s, id, 'L2', date '2026-06-20' + (n %% 90)::int, NULL, 'feed', date '2026-06-10', 'source',
       'generated', ''
  FROM person WHERE n %% 5 = 1;

INSERT INTO baseline_activity (
       organisation_id, contract_id, member_id, activity_ref, service, occurred_on, units, planned, attempted,
       practitioner, place, outcome, criteria_not_met, received_on, verified_on, verified_by, reverses, source)
SELECT %(organisation)s, %(contract)s, person.id, 'o' || n || '-' || month, 'outreach',
       date '2026-01-01' + (month * 30 + n %% 28)::int, 1, true, false, 'p' || n %% 200, '', '', '{}',
       date '2026-01-01' + (month * 30 + n %% 28 + 3)::int, NULL, '', '', 'feed'
  FROM person CROSS JOIN generate_series(0, 12) AS month
UNION ALL
SELECT %(organisation)s, %(contract)s, person.id, 'c' || n || '-' || month, 'crisis_visit',
       date '2026-01-01' + (month * 30 + n %% 28)::int, 1 + n %% 3, false, n %% 97 = 0, 'p' || n %% 200, '', '',
       CASE WHEN n %% 31 = 0 THEN ARRAY['acute'] ELSE '{}' END,
       date '2026-01-01' + (month * 30 + n %% 28 + CASE WHEN n %% 41 = 0 THEN 70 ELSE 3 END)::int,
       CASE WHEN n %% 23 <> 0 THEN date '2026-01-01' + (month * 30 + n %% 28 + 4)::int END,
       CASE WHEN n %% 23 <> 0 THEN 'source' ELSE '' END, '', 'feed'
  FROM person CROSS JOIN generate_series(0, 12) AS month
 WHERE (n + month) %% 8 = 0
UNION ALL
SELECT %(organisation)s, %(contract)s, person.id, 'd' || n || '-' || month, 'crisis_visit',
       date '2026-01-01' + (month * 30 + n %% 28)::int, 1 + n %% 3, false, false, 'p' || n %% 200, '', '', '{}',
       date '2026-01-01' + (month * 30 + n %% 28 + 5)::int,
       date '2026-01-01' + (month * 30 + n %% 28 + 6)::int, 'source', '', 'feed'
  FROM person CROSS JOIN generate_series(0, 12) AS month
 WHERE (n + month) %% 8 = 0 AND n %% 50 = 0;
