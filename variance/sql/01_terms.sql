-- The signed terms as tables, from the JSON that variance.rules.terms makes of the documents.
-- term_month: one service month with the rules that govern it.
CREATE TEMP TABLE term_month ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(months)s::jsonb) AS month(
       service_month date, first_day date, ends_before date, days int, version_id bigint, signed_late boolean,
       rule text, counting_day date, level_change text, delivered boolean, one_day boolean, provisional text,
       lapse text, places int, row_places int);

-- term_version: the days that one version governs, and those of them that lie in its term.
CREATE TEMP TABLE term_version ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(versions)s::jsonb) AS version(
       version_id bigint, starts_on date, ends_before date, term_starts_on date, term_ends_before date,
       provisional text, lapse text, row_places int);

-- term_clause: a number for every clause that money can follow from, so that a million rows carry one integer.
CREATE TEMP TABLE term_clause ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(clauses)s::jsonb) AS clause(clause_no int, version_id bigint, path text);

CREATE TEMP TABLE term_rate ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(rates)s::jsonb) AS rate(
       version_id bigint, level text, cohort text, geography text, starts_on date, ends_before date,
       amount numeric, clause_no int);

CREATE TEMP TABLE term_block ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(blocks)s::jsonb) AS block(
       version_id bigint, code text, starts_on date, ends_before date, amount numeric, clause_no int);

CREATE TEMP TABLE term_service ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(services)s::jsonb) AS service(
       version_id bigint, service text, episodic boolean, costed boolean, authorization_required boolean,
       filing_limit_days int, max_units numeric, max_days int, criteria text[], bundled_into text[], price_kind text,
       ceiling numeric, tier_mode text, clause_no int);

CREATE TEMP TABLE term_price ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(prices)s::jsonb) AS price(
       version_id bigint, service text, starts_on date, ends_before date, amount numeric, clause_no int);

CREATE TEMP TABLE term_tier ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(tiers)s::jsonb) AS tier(
       version_id bigint, service text, above numeric, up_to numeric, amount numeric, clause_no int);

CREATE TEMP TABLE term_level ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(levels)s::jsonb) AS level(version_id bigint, level text, rank int);

CREATE TEMP TABLE term_package ON COMMIT DROP AS
SELECT *
  FROM jsonb_to_recordset(%(package)s::jsonb) AS package(version_id bigint, service text, level text);

ANALYZE term_month, term_version, term_clause, term_rate, term_block, term_service, term_price, term_tier,
        term_level, term_package;
