-- The next ended contacts of a run, from ($4, $5) on, with all that belongs to them; at most $6. Their customers
-- go with the last of their contacts. Of consultations only synthetic ones are ever touched.
WITH doomed AS MATERIALIZED (
    SELECT created_at, session_id, customer_id
    FROM consultations
    WHERE synthetic AND state = 'closed'
      AND created_at >= $2 AND created_at < $3
      AND (created_at, session_id) > ($4, $5)
      AND starts_with(customer_id, $1) AND substr(customer_id, length($1) + 1) ~ '^[0-9]+$'
    ORDER BY created_at, session_id
    LIMIT $6
), messages AS (
    DELETE FROM chat_messages USING doomed
    WHERE chat_messages.created_at = doomed.created_at AND chat_messages.session_id = doomed.session_id
    RETURNING 1
), contacts AS (
    DELETE FROM consultations USING doomed
    WHERE consultations.created_at = doomed.created_at AND consultations.session_id = doomed.session_id
      AND consultations.synthetic
    RETURNING 1
), alone AS (
    DELETE FROM customers USING (SELECT DISTINCT customer_id FROM doomed) AS theirs
    WHERE customers.customer_id = theirs.customer_id
      AND NOT EXISTS (
          SELECT FROM consultations AS other
          WHERE other.customer_id = theirs.customer_id
            AND NOT EXISTS (
                SELECT FROM doomed
                WHERE doomed.created_at = other.created_at AND doomed.session_id = other.session_id
            )
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM contacts) AS contacts,
       (SELECT count(*) FROM messages) AS messages,
       (SELECT count(*) FROM alone) AS customers,
       last.created_at, last.session_id
FROM (SELECT created_at, session_id FROM doomed ORDER BY created_at DESC, session_id DESC LIMIT 1) AS last
