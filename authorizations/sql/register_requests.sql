-- One request that is decided without an entry (entry NULL), or one entry that disagrees with the request it is about.
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
        OR (request.contract_id, request.member_id, request.requested_by_id, request.kind)
           IS DISTINCT FROM (entry.contract_id, entry.member_id, entry.requested_by_id, entry.request_kind)
        OR request.status NOT IN ('decided', 'automatic'))
 ORDER BY 2, 1;
