-- Keep the records of a batch as they are until the transaction ends.
SELECT work.id
  FROM baseline_verificationitem AS item
  JOIN baseline_activity AS work ON work.id = item.activity_id
 WHERE item.batch_id = %(batch)s
 ORDER BY work.id
   FOR NO KEY UPDATE OF work;
