-- held: a component of a service month that a failing gate holds now; was_held: one that was held at the last close.
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT DISTINCT gate.service_month, gate.component
  FROM jsonb_to_recordset(%(held)s::jsonb) AS gate(service_month date, component text);

CREATE TEMP TABLE was_held ON COMMIT DROP AS
SELECT DISTINCT gate.service_month, component.code AS component
  FROM variance_gateresult AS gate
 CROSS JOIN LATERAL jsonb_array_elements_text(
       CASE jsonb_typeof(gate.holds) WHEN 'array' THEN gate.holds ELSE '[]' END) AS component(code)
 WHERE gate.cycle_id = %(last_cycle)s AND NOT gate.passed;
