-- One statement line that is not the rounded sum of its ledger entries, or whose entries say something else than it.
WITH summed AS (
    SELECT entry.statement_line_id, sum(entry.quantity) AS quantity, sum(entry.amount) AS amount,
           bool_and(entry.cycle_id = statement.cycle_id AND entry.component = line.component
                    AND entry.line_kind = line.line_kind AND entry.service_month = line.service_month
                    AND entry.level = line.level AND entry.cohort = line.cohort AND entry.geography = line.geography
                    AND entry.service = line.service AND entry.rate IS NOT DISTINCT FROM line.rate
                    AND entry.reason = line.reason) AS alike
      FROM variance_ledgerentry AS entry
      JOIN variance_statementline AS line ON line.id = entry.statement_line_id
      JOIN variance_statement AS statement ON statement.id = line.statement_id
     WHERE entry.contract_id = %(contract)s
     GROUP BY entry.statement_line_id
)
SELECT statement.number, line.position
  FROM variance_statementline AS line
  JOIN variance_statement AS statement ON statement.id = line.statement_id
  LEFT JOIN summed ON summed.statement_line_id = line.id
 WHERE statement.contract_id = %(contract)s
   AND (summed.alike IS NOT TRUE OR summed.quantity <> line.quantity
        OR round(summed.amount, line.places) <> line.amount)
 ORDER BY statement.number, line.position;
