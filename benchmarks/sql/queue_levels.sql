-- What past decisions left: a level a month for each covered member, one after the other. The last one of every 50th
-- member has ended, and nobody has decided what follows.
INSERT INTO eligibility_levelspan (organisation_id, contract_id, member_id, level, starts_on, ends_before, source,
                                   decided_on, decided_by, rationale, instrument)
SELECT organisation_id, contract_id, member_id, 'L2', current_date - 30 * n,
       CASE WHEN n > 1 THEN current_date - 30 * (n - 1) WHEN member_id %% 50 = 0 THEN current_date - 1 END,
       'feed', current_date - 30 * n, 'Dr', 'Why', ''
  FROM eligibility_coveragespan CROSS JOIN generate_series(1, %(decisions)s) n
 WHERE contract_id = %(contract)s AND member_id <> %(member)s;
