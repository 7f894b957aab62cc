-- Records whose outcome is not what the ledger's cycles last said, though nothing was recorded or signed since.
SELECT count(DISTINCT outcome_change.activity_id) AS unexplained
  FROM outcome_change
  LEFT JOIN moved ON moved.member_id = outcome_change.member_id
  LEFT JOIN reauthorised ON reauthorised.member_id = outcome_change.member_id
  LEFT JOIN term_month AS month ON month.service_month = outcome_change.service_month
 WHERE moved.member_id IS NULL
   AND reauthorised.member_id IS NULL
   AND month.signed_late IS FALSE
   AND NOT EXISTS (
       SELECT
         FROM baseline_historicalactivity AS written
        WHERE written.contract_id = %(contract)s AND written.member_id = outcome_change.member_id
          AND written.history_date > %(frozen_at)s);
