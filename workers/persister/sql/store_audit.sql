INSERT INTO audit
    (audit_id, at, actor, action, roles, pool, session_id, contact_id, customer_id, detail)
SELECT audit_id, at, actor, action, coalesce(string_to_array(nullif(roles, ''), ','), '{}'), pool, session_id, contact_id,
       customer_id, detail
FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[]
) AS new (audit_id, at, actor, action, roles, pool, session_id, contact_id, customer_id, detail)
ON CONFLICT (audit_id) DO NOTHING
