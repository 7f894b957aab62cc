-- The preview becomes ledger entries, numbered on from the contract's last one, each under its statement line.
INSERT INTO variance_ledgerentry (
       organisation_id, contract_id, entry_no, cycle_id, statement_line_id, component, line_kind, service_month, member_id,
       activity_id, level, cohort, geography, service, quantity, rate, amount, reason, version_id, clause, posted_at)
SELECT line.organisation_id, %(contract)s,
       (SELECT COALESCE(max(entry_no), 0) FROM variance_ledgerentry WHERE contract_id = %(contract)s)
       + row_number() OVER (ORDER BY line.id),
       line.cycle_id, summed.id, line.component, line.line_kind, line.service_month, line.member_id, line.activity_id,
       line.level, line.cohort, line.geography, line.service, line.quantity, line.rate, line.amount, line.reason,
       line.version_id, line.clause, %(posted_at)s
  FROM variance_previewline AS line
  JOIN variance_statementline AS summed
    ON summed.statement_id = %(statement)s
   AND summed.component = line.component AND summed.line_kind = line.line_kind
   AND summed.service_month = line.service_month AND summed.level = line.level AND summed.cohort = line.cohort
   AND summed.geography = line.geography AND summed.service = line.service
   AND COALESCE(summed.rate, -1) = COALESCE(line.rate, -1) AND summed.reason = line.reason
 WHERE line.cycle_id = %(cycle)s;
