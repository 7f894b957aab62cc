-- One ledger entry that no statement of its contract shows.
SELECT entry.entry_no
  FROM variance_ledgerentry AS entry
  LEFT JOIN variance_statementline AS line ON line.id = entry.statement_line_id
  LEFT JOIN variance_statement AS statement
    ON statement.id = line.statement_id AND statement.contract_id = entry.contract_id
 WHERE entry.contract_id = %(contract)s AND statement.id IS NULL
 ORDER BY entry.entry_no;
