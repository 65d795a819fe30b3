-- A session's rating comes after its consultation, in the same partition of the log.
UPDATE consultations AS held
SET rating = new.rating, rating_comment = new.comment, rated_at = new.at
FROM unnest($1::text[], $2::timestamptz[], $3::smallint[], $4::text[], $5::timestamptz[])
    AS new (session_id, created_at, rating, comment, at)
WHERE held.created_at = new.created_at AND held.session_id = new.session_id AND held.rating IS NULL
RETURNING held.customer_id, held.agent_id
