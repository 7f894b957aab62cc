-- One request that is decided without an entry (entry NULL), or one entry that disagrees with the request it is about. A request goes
-- with its member when two are merged or part again; the entry stays under the reference under which it was made.
SELECT request.number AS request, NULL::int AS entry
  FROM authorizations_request AS request
 WHERE request.contract_id = %(contract)s AND request.status IN ('decided', 'automatic')
   AND NOT EXISTS (SELECT FROM authorizations_decision AS entry WHERE entry.request_id = request.id)
UNION ALL
SELECT request.number, entry.number
  FROM authorizations_decision AS entry
  LEFT JOIN authorizations_request AS request ON request.id = entry.request_id
 WHERE entry.contract_id = %(contract)s
   AND (request.id IS NULL
        OR (request.contract_id, request.requested_by_id, request.kind)
           IS DISTINCT FROM (entry.contract_id, entry.requested_by_id, entry.request_kind)
        OR request.member_id <> entry.member_id AND NOT EXISTS (
               WITH RECURSIVE one_person (id) AS (
                   SELECT entry.member_id
                   UNION
                   SELECT CASE WHEN merge.kept_id = known.id THEN merge.merged_id ELSE merge.kept_id END
                     FROM one_person AS known
                     JOIN eligibility_membermerge AS merge ON known.id IN (merge.kept_id, merge.merged_id))
               SELECT FROM one_person WHERE id = request.member_id)
        OR request.status NOT IN ('decided', 'automatic'))
 ORDER BY 2, 1;
