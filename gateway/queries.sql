-- history --
-- A page, newest first; conditions, order and limit: filters.py. Names are looked up for the page's rows alone.
SELECT c.session_id, c.created_at, c.version, c.customer_id, c.channel, c.status, c.state, c.started_at, c.changed_at,
       c.ended_at, c.agent_id, c.pool, c.queue, c.reason, c.disposition, c.note, c.messages, c.synthetic, c.legs,
       c.attributes, c.rating, c.rating_comment, c.rated_at,
       coalesce(customers.name, '') AS customer_name,
       coalesce(customers.phone, '') AS customer_phone, agents.name AS agent_name
FROM (SELECT * FROM consultations AS c WHERE {where} ORDER BY {order} LIMIT {limit}) AS c
LEFT JOIN customers USING (customer_id)
LEFT JOIN agents USING (agent_id)
ORDER BY c.created_at DESC, c.session_id DESC

-- customers_of_phone --
SELECT customer_id FROM customers WHERE phone = $1 AND phone <> '' ORDER BY last_seen_at DESC LIMIT 200

-- history_estimate --
EXPLAIN (FORMAT JSON) SELECT FROM consultations AS c WHERE {where}

-- consultation --
-- created_at is in the session's id: one partition is read.
SELECT c.session_id, c.created_at, c.version, c.customer_id, c.channel, c.status, c.state, c.started_at, c.changed_at,
       c.ended_at, c.agent_id, c.pool, c.queue, c.reason, c.disposition, c.note, c.messages, c.synthetic, c.legs,
       c.attributes, c.rating, c.rating_comment, c.rated_at,
       coalesce(customers.name, '') AS customer_name,
       coalesce(customers.phone, '') AS customer_phone, agents.name AS agent_name
FROM consultations AS c
LEFT JOIN customers USING (customer_id)
LEFT JOIN agents USING (agent_id)
WHERE c.created_at = $1 AND c.session_id = $2

-- search_query --
SELECT search_query($1)

-- search --
-- As history; each consultation with the last text that fits. What fits is put in order first, and consultations are
-- looked up one after the other until the page is full.
SELECT c.session_id, c.created_at, c.version, c.customer_id, c.channel, c.status, c.state, c.started_at, c.changed_at,
       c.ended_at, c.agent_id, c.pool, c.queue, c.reason, c.disposition, c.note, c.messages, c.synthetic, c.legs,
       c.attributes, c.rating, c.rating_comment, c.rated_at,
       coalesce(customers.name, '') AS customer_name,
       coalesce(customers.phone, '') AS customer_phone, agents.name AS agent_name,
       c.match_seq, c.match_role, c.match_text
FROM (
    SELECT c.*, m.seq AS match_seq, m.role AS match_role, m.text AS match_text
    FROM (
        SELECT DISTINCT ON (m.created_at, m.session_id) m.created_at, m.session_id, m.seq, m.role, m.text
        FROM chat_messages AS m
        WHERE m.kind = 'text' AND {said}
        ORDER BY m.created_at DESC, m.session_id DESC, m.seq DESC
    ) AS m
    CROSS JOIN LATERAL (
        SELECT * FROM consultations AS c
        WHERE c.created_at = m.created_at AND c.session_id = m.session_id AND {where}
        OFFSET 0
    ) AS c
    ORDER BY m.created_at DESC, m.session_id DESC
    LIMIT {limit}
) AS c
LEFT JOIN customers USING (customer_id)
LEFT JOIN agents USING (agent_id)
ORDER BY c.created_at DESC, c.session_id DESC

-- pool_of_session --
SELECT pool FROM consultations WHERE created_at = $1 AND session_id = $2

-- customer_name --
SELECT customers.name
FROM consultations JOIN customers USING (customer_id)
WHERE created_at = $1 AND session_id = $2

-- transcript --
-- Entries with seq above $3 and below $4.
SELECT session_id, seq, message_id, role, sender_id, kind, text, attachments,
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
