-- history_of_customer --
-- A page, newest first; the page begins after the row (created_at, session_id) of $2 and $3.
SELECT session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
       agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs, attributes,
       rating, rating_comment, rated_at
FROM consultations
WHERE customer_id = $1 AND (created_at, session_id) < ($2, $3)
ORDER BY created_at DESC, session_id DESC
LIMIT $4

-- consultation --
-- created_at is in the session's id: one partition is read.
SELECT session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
       agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs, attributes,
       rating, rating_comment, rated_at
FROM consultations
WHERE created_at = $1 AND session_id = $2

-- customer_name --
SELECT customers.name
FROM consultations JOIN customers USING (customer_id)
WHERE created_at = $1 AND session_id = $2

-- transcript --
-- Entries with seq above $3 and below $4.
SELECT session_id, seq, message_id, role, sender_id, kind, text,
       (extract(epoch FROM at) * 1000)::bigint AS at_ms
FROM chat_messages
WHERE created_at = $1 AND session_id = $2 AND seq > $3 AND seq < $4
ORDER BY seq
LIMIT $5

-- config_changes --
-- The newest below $2; of one pool or, $1 being empty, of all.
SELECT id, at, pool, version, author, source, changed, changes, CASE WHEN $4::boolean THEN config END AS config
FROM config_audit
WHERE ($1 = '' OR pool = $1) AND id < $2
ORDER BY id DESC
LIMIT $3

-- audit --
-- The newest below $3; of one actor ($1) and action ($2), or, where empty, of all.
SELECT id, at, actor, action, roles, pool, session_id, contact_id, customer_id, detail
FROM audit
WHERE ($1 = '' OR actor = $1) AND ($2 = '' OR action = $2) AND id < $3
ORDER BY id DESC
LIMIT $4
