-- Of the batch's sessions those that are erased. Those of the batch's consultations (arrays $2 to $4: session,
-- created_at, the customer's digest) whose customer was erased after they began come with `news`: of them
-- nobody knew.
SELECT session_id, false AS news FROM erased_sessions WHERE session_id = ANY ($1::text[])
UNION ALL
SELECT DISTINCT begun.session_id, true
FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS begun (session_id, created_at, customer)
JOIN erasures ON erasures.customer = begun.customer AND begun.created_at <= erasures.at
WHERE NOT EXISTS (SELECT FROM erased_sessions AS known WHERE known.session_id = begun.session_id)
