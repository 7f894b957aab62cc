-- One service month in which delivered work waits for verification: how many records, and the first ten of them.
SELECT service_month, count(*) AS missing, (array_agg(activity_id ORDER BY occurred_on, activity_id))[1:10] AS activities
  FROM judged
 WHERE code = 'unverified'
 GROUP BY service_month;
