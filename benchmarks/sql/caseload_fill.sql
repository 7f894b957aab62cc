-- A pilot of any size: members covered, half of them at two levels one after the other, each led in a team, with work
-- and follow-ups spread over half a year.
INSERT INTO eligibility_team (organisation_id, name)
SELECT %(provider)s, 'Team ' || n FROM generate_series(1, %(teams)s) n;
INSERT INTO eligibility_practitioner (organisation_id, reference, name)
SELECT %(provider)s, 'p-' || n, 'Practitioner ' || n FROM generate_series(1, %(teams)s * 12) n;
INSERT INTO eligibility_member (organisation_id, reference, given_name, family_name, sex, ethnicity, language,
                                disability)
SELECT %(provider)s, 'R' || n, 'Given' || n, 'Family' || n, '', '', '', ''
  FROM generate_series(1, %(members)s) n;
CREATE TEMP TABLE numbered AS
SELECT id, row_number() OVER (ORDER BY id) AS n FROM eligibility_member WHERE organisation_id = %(provider)s;
INSERT INTO eligibility_coveragespan (organisation_id, contract_id, member_id, cohort, geography, starts_on, source)
SELECT %(provider)s, %(contract)s, id, 'adult', 'north', '2026-01-01', 'feed' FROM numbered;
INSERT INTO eligibility_levelspan (organisation_id, contract_id, member_id, level, starts_on, ends_before, source,
                                   decided_on, decided_by, rationale, instrument)
SELECT %(provider)s, %(contract)s, id, 'L' || 1 + n %% 3, '2026-01-01'::date, CASE WHEN n %% 2 = 0 THEN '2026-04-01'::date END,
       'feed', '2025-12-20'::date, 'Dr', 'Why', '' FROM numbered
UNION ALL
SELECT %(provider)s, %(contract)s, id, 'L' || 1 + n %% 2, '2026-04-01'::date, NULL::date, 'feed', '2026-04-01'::date, 'Dr', 'Why', ''
  FROM numbered WHERE n %% 2 = 0;
INSERT INTO eligibility_assignment (organisation_id, member_id, practitioner_id, team_id, kind, starts_on, source)
SELECT %(provider)s, m.id, p.id, t.id, 'lead', '2026-01-01', 'feed'
  FROM numbered m
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM eligibility_team) t ON t.n = 1 + m.n %% %(teams)s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM eligibility_practitioner) p
    ON p.n = 1 + m.n %% (%(teams)s * 12);
INSERT INTO baseline_activity (organisation_id, contract_id, member_id, activity_ref, service, occurred_on, units,
                               planned, attempted, practitioner, place, outcome, minutes, criteria_not_met,
                               received_on, verified_by, reverses, source)
SELECT %(provider)s, %(contract)s, m.id, 'A' || a,
       (ARRAY['outreach', 'outreach', 'outreach', 'care_plan', 'crisis_visit'])[1 + (a + a / %(members)s) %% 5],
       '2026-01-01'::date + (a %% 181), 1, a %% 11 > 0, a %% 23 = 0, 'p', '', '', 30, '{}', '2026-07-01',
       '', '', 'feed'
  FROM generate_series(1, %(records)s) a
  JOIN numbered m ON m.n = 1 + a %% %(members)s;
INSERT INTO baseline_followup (organisation_id, contract_id, member_id, cause, activity_id, episode_ref, service,
                               happened_on, due_on, status, cancelled_reason)
SELECT organisation_id, contract_id, member_id, 'unplanned', id, '', service, occurred_on, occurred_on + 5, 'open',
       '' FROM baseline_activity WHERE NOT planned AND NOT attempted;
