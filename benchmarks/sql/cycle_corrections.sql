-- What becomes known before the last month is calculated: 1 in 100 left two months earlier, 1 in 100 had another level
-- for the last five months, 1 in 100 crisis visits is verified late, and 1 in 200 is corrected to more units.
UPDATE eligibility_coveragespan
   SET ends_before = date '2026-10-20'
 WHERE contract_id = %(contract)s AND member_id %% 100 = 3 AND starts_on < '2026-10-01' AND ends_before IS NULL;

UPDATE eligibility_levelspan
   SET ends_before = date '2026-08-03'
 WHERE contract_id = %(contract)s AND member_id %% 100 = 7 AND starts_on < '2026-08-01' AND ends_before IS NULL;

INSERT INTO eligibility_levelspan (
       organisation_id, contract_id, member_id, level, starts_on, source, decided_on, decided_by, rationale, instrument)
SELECT organisation_id, contract_id, member_id, 'L3', ends_before, 'feed', date '2026-12-01', 'source', 'generated', ''
  FROM eligibility_levelspan
 WHERE contract_id = %(contract)s AND member_id %% 100 = 7 AND ends_before = '2026-08-03';

UPDATE baseline_activity
   SET verified_on = '2027-01-04', verified_by = 'source'
 WHERE contract_id = %(contract)s AND service = 'crisis_visit' AND verified_on IS NULL AND id %% 4 = 0;

UPDATE baseline_activity
   SET units = units + 1
 WHERE contract_id = %(contract)s AND service = 'crisis_visit' AND id %% 200 = 11;
