-- history_of_all --
-- A page, newest first; the page begins after the row (created_at, session_id) of $1 and $2.
SELECT session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
       agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs
FROM consultations
WHERE (created_at, session_id) < ($1, $2)
ORDER BY created_at DESC, session_id DESC
LIMIT $3

-- history_of_customer --
SELECT session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
       agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs
FROM consultations
WHERE customer_id = $4 AND (created_at, session_id) < ($1, $2)
ORDER BY created_at DESC, session_id DESC
LIMIT $3

-- consultation --
-- created_at is in the session's id: one partition is read.
SELECT session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
       agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs
FROM consultations
WHERE created_at = $1 AND session_id = $2

-- transcript --
-- Entries with seq above $3 and below $4.
SELECT session_id, seq, message_id, role, sender_id, kind, text,
       (extract(epoch FROM at) * 1000)::bigint AS at_ms
FROM chat_messages
WHERE created_at = $1 AND session_id = $2 AND seq > $3 AND seq < $4
ORDER BY seq
LIMIT $5
