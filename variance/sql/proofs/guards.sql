-- Triggers of these tables that a session could not put aside: their table and whether they are on.
SELECT relation.relname AS table, trigger.tgname AS name, trigger.tgenabled <> 'D' AS enabled
  FROM pg_trigger AS trigger
  JOIN pg_class AS relation ON relation.oid = trigger.tgrelid
 WHERE NOT trigger.tgisinternal AND relation.relname = ANY (%(tables)s::text[]);
