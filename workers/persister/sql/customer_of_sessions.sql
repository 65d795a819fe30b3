-- The customer of the digest $1 (with the key $2), by the sessions $3 that began at $4.
SELECT customer_id
FROM unnest($3::text[], $4::timestamptz[]) AS known (session_id, created_at)
JOIN consultations USING (created_at, session_id)
WHERE encode(sha256(convert_to($2 || '|' || customer_id, 'UTF8')), 'hex') = $1
LIMIT 1
