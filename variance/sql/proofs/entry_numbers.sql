-- How many entries the contract's ledger has, and the first and last number: equal counts mean no gap.
SELECT count(*) AS entries, COALESCE(min(entry_no), 1) AS first, COALESCE(max(entry_no), 0) AS last
  FROM variance_ledgerentry
 WHERE contract_id = %(contract)s;
