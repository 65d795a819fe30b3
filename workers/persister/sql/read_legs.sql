-- What is known of the sessions $1, which began at $2; one look at one partition each.
SELECT held.session_id, held.version, held.legs
FROM unnest($1::text[], $2::timestamptz[]) AS wanted (session_id, created_at)
CROSS JOIN LATERAL (
    SELECT session_id, version, legs FROM consultations AS held
    WHERE held.created_at = wanted.created_at AND held.session_id = wanted.session_id
    OFFSET 0
) AS held
