-- owed: one row that the contract owes. For the baseline: one member-month at one level, or one block sum of a month.
-- The quantity has twelve decimals; the amount comes from the exact fraction. A member-month that has no level
-- or no rate stands here without an amount: it is not owed, and listed as an exception instead.
CREATE TEMP TABLE owed ON COMMIT DROP AS
SELECT 'baseline' AS component, share.service_month, share.member_id, NULL::bigint AS activity_id,
       COALESCE(share.level, '') AS level, share.cohort, share.geography, '' AS service, rate.amount AS rate,
       round(share.counted::numeric / share.of_days, 12) AS quantity,
       round(rate.amount * share.counted / share.of_days, month.row_places) AS amount,
       rate.clause_no
  FROM level_share AS share
  JOIN term_month AS month USING (service_month)
  LEFT JOIN rate_in_force AS rate
    ON rate.version_id = month.version_id AND rate.level = share.level
   AND rate.cohort = share.cohort AND rate.geography = share.geography
   AND rate.starts_on <= share.rate_day AND share.rate_day < rate.ends_before
 -- a contract that pays by block alone has no rates to miss
 WHERE EXISTS (SELECT FROM term_rate WHERE term_rate.version_id = month.version_id)
UNION ALL
-- months for which one day says everything
SELECT 'baseline', counted.service_month, counted.member_id, NULL, COALESCE(counted.level, ''), counted.cohort,
       counted.geography, '', card.rate, 1, card.amount, card.clause_no
  FROM (SELECT month.*, span.member_id, span.cohort, span.geography,
               CASE COALESCE(paid.kind, 'provisional')
                    WHEN 'decided' THEN paid.level WHEN 'lapsed' THEN month.lapse ELSE month.provisional END AS level
          FROM term_month AS month
          JOIN eligibility_coveragespan AS span
            ON span.contract_id = %(contract)s AND span.starts_on <= month.counting_day
           AND (span.ends_before IS NULL OR span.ends_before > month.counting_day)
          LEFT JOIN paid_level AS paid
            ON paid.member_id = span.member_id
           AND paid.starts_on <= month.counting_day AND month.counting_day < paid.ends_before
         WHERE month.one_day) AS counted
  LEFT JOIN rate_card AS card
    ON card.service_month = counted.service_month AND card.level = counted.level
   AND card.cohort = counted.cohort AND card.geography = counted.geography
 WHERE EXISTS (SELECT FROM term_rate WHERE term_rate.version_id = counted.version_id)
UNION ALL
SELECT 'baseline', month.service_month, NULL, NULL, '', '', '', block.code, block.amount, 1,
       round(block.amount, month.row_places), block.clause_no
  FROM term_month AS month
  JOIN term_block AS block
    ON block.version_id = month.version_id
   AND block.starts_on <= month.service_month AND month.service_month < block.ends_before
 WHERE month.first_day = month.service_month;  -- a month that the term enters half-way has no first day

-- unpaid_month: a member-month, or the part of one, that counts and cannot be paid.
CREATE TEMP TABLE unpaid_month ON COMMIT DROP AS
SELECT CASE level WHEN '' THEN 'no_level' ELSE 'no_rate' END AS code, service_month, member_id, level, cohort,
       geography, quantity
  FROM owed
 WHERE amount IS NULL
UNION ALL
SELECT 'not_delivered', service_month, member_id, '', cohort, geography, round(counted::numeric / of_days, 12)
  FROM undelivered;
