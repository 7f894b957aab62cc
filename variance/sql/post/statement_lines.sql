-- One statement line: the cycle's preview lines alike in everything but person, record, quantity and amount. The line
-- is the rounded sum of its rows; remainders are not carried.
INSERT INTO variance_statementline (
       organisation_id, statement_id, position, component, line_kind, service_month, level, cohort, geography, service,
       quantity, rate, amount, places, reason)
SELECT %(organisation)s, %(statement)s,
       row_number() OVER (
           ORDER BY array_position(%(order)s::text[], component), line_kind = 'adjustment', service_month, service, level,
                    cohort, geography, rate, reason),
       component, line_kind, service_month, level, cohort, geography, service,
       quantity, rate, round(amount, places), places, reason
  FROM (SELECT line.component, line.line_kind, line.service_month, line.level, line.cohort, line.geography,
               line.service, line.rate, line.reason, sum(line.quantity) AS quantity, sum(line.amount) AS amount,
               COALESCE(min(month.places), %(places)s) AS places
          FROM variance_previewline AS line
          LEFT JOIN term_month AS month ON month.service_month = line.service_month
         WHERE line.cycle_id = %(cycle)s
         GROUP BY line.component, line.line_kind, line.service_month, line.level, line.cohort, line.geography,
                  line.service, line.rate, line.reason) AS summed;
