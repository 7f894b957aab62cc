INSERT INTO eligibility_team (organisation_id, name)
SELECT %(provider)s, 'Team ' || n FROM generate_series(1, 20) n;

INSERT INTO authorizations_request
    (organisation_id, contract_id, member_id, number, kind, status, requested_by_id, created_at, urgency, urgent_start,
     assessed_level, current_level, requested_level, difference_reason, difference_text, service, starts_on, grounds,
     attested, triggers, terms, cohort, geography, received_at, due_at, first_due_at, warned_percents, decided_at,
     withdrawn_reason, team_id)
SELECT %(provider)s, %(contract)s, m.id, n, CASE n %% 5 WHEN 0 THEN 'upgrade' WHEN 1 THEN 'upgrade' WHEN 2 THEN 'step_down'
       WHEN 3 THEN 'renewal' ELSE 'initial' END, 'decided', %(asker)s, moment,
       CASE WHEN n %% 7 = 0 THEN 'expedited' ELSE 'standard' END, false,
       '', 'L2', 'L3', '', '', '', moment::date, 'Filled by the benchmark.', '{}',
       CASE WHEN n %% 5 < 2 THEN jsonb_build_array(
           jsonb_build_object('code', 'unplanned_contacts', 'kind', 'activity_count', 'met', true, 'attested', false,
               'needed', 3, 'found', 3, 'since', (moment::date - (n %% 20)::int)::text, 'text', '',
               'evidence_missing', false, 'facts', jsonb_build_array(
                   jsonb_build_object('what', 'activity', 'id', n, 'on', moment::date::text, 'note', 'visit'),
                   jsonb_build_object('what', 'activity', 'id', n + 1, 'on', moment::date::text, 'note', 'visit'))),
           jsonb_build_object('code', 'missed_follow_up', 'kind', 'follow_up_overdue', 'met', n %% 3 = 0,
               'attested', false, 'needed', 7, 'found', 9, 'text', '', 'evidence_missing', false,
               'since', CASE WHEN n %% 3 = 0 THEN (moment::date - (n %% 33)::int)::text END, 'facts', '[]'::jsonb),
           jsonb_build_object('code', 'safeguarding', 'kind', 'attested', 'met', true, 'attested', true, 'needed', 1,
               'found', 1, 'since', moment::date::text, 'text', 'Seen.', 'evidence_missing', false,
               'facts', '[]'::jsonb)) ELSE '[]' END,
       '{"version": 1}', 'adult', 'north', moment, moment + interval '7 days', moment + interval '7 days', '{}',
       moment + (n %% 190) * interval '1 hour', '', t.id
  FROM generate_series(1, %(decisions)s) n
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM eligibility_member) m
    ON m.place = n %% %(members)s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM eligibility_team) t ON t.place = n %% 20
 CROSS JOIN LATERAL (SELECT timestamptz '2026-01-02 12:00+00' + (n * 37 %% 30000000) * interval '1 second' AS moment) x;

INSERT INTO authorizations_decision
    (organisation_id, contract_id, member_id, request_id, number, kind, automatic, outcome, replaces_reason,
     request_kind, urgency, requested_by_id, received_at, due_at, current_level, assessed_level, requested_level,
     service, level, difference_reason, difference_text, starts_on, ends_before, review_on, retroactive_reason,
     deny_reason, necessity, risk, criteria, decided_by_id, decided_at, in_time, terms, evidence, working)
SELECT organisation_id, contract_id, member_id, id, number, 'decision', false,
       CASE WHEN number %% 4 = 0 THEN 'denied' WHEN number %% 9 = 0 THEN 'changed' ELSE 'approved' END, '',
       kind, urgency, requested_by_id, received_at, due_at, current_level, '', requested_level, '', CASE WHEN number %% 4 > 0 THEN 'L3' ELSE '' END,
       '', '', CASE WHEN number %% 4 > 0 THEN starts_on END, NULL, NULL, '',
       CASE WHEN number %% 4 = 0 THEN 'other' ELSE '' END, 'Because.', 'Some.', 'Contacts.', %(lead)s,
       decided_at, decided_at <= due_at, terms, '[]', jsonb_build_object('grounds', grounds, 'triggers', triggers)
  FROM authorizations_request WHERE contract_id = %(contract)s;

INSERT INTO authorizations_question
    (organisation_id, about_id, text, asked_by_id, asked_at, effect, due_before, due_after, answer)
SELECT organisation_id, id, 'Since when?', %(lead)s, received_at, 'extend', due_at, due_at, ''
  FROM authorizations_request WHERE contract_id = %(contract)s AND number %% 20 = 0;

INSERT INTO eligibility_levelspan
    (organisation_id, contract_id, member_id, level, starts_on, ends_before, source, decided_on, decided_by, rationale,
     instrument, displaced)
SELECT %(provider)s, %(contract)s, m.id, 'L' || 1 + m.id %% 4, date '2026-01-01' + year * 90, date '2026-01-01' + year * 90 + 90,
       'feed', '2026-01-01', 'Benchmark', '', '', '[]'
  FROM eligibility_member m CROSS JOIN generate_series(0, 3) year
 WHERE NOT EXISTS (SELECT FROM eligibility_levelspan l WHERE l.member_id = m.id);

INSERT INTO eligibility_coveragespan (organisation_id, contract_id, member_id, cohort, geography, starts_on, source)
SELECT %(provider)s, %(contract)s, m.id, 'adult', 'north', '2026-01-01', 'feed'
  FROM eligibility_member m WHERE NOT EXISTS (SELECT FROM eligibility_coveragespan c WHERE c.member_id = m.id)
