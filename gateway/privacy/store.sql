-- customer --
SELECT customer_id, name, phone, first_seen_at, last_seen_at FROM customers WHERE customer_id = $1

-- messages_of_customer --
-- Of the sessions $1, which began at $2.
SELECT chat_messages.session_id, seq, message_id, role, sender_id, kind, text, attachments,
       (extract(epoch FROM at) * 1000)::bigint AS at_ms
FROM unnest($1::text[], $2::timestamptz[]) AS wanted (session_id, created_at)
JOIN chat_messages USING (created_at, session_id)
ORDER BY created_at, session_id, seq

-- deliveries_of_customer --
SELECT webhook_deliveries.id, url, type, state, webhook_deliveries.created_at, body
FROM webhook_deliveries JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
WHERE (body::jsonb -> 'data' ->> 'session_id') = ANY ($1::text[])
ORDER BY webhook_deliveries.id

-- audit_of_customer --
SELECT id, at, actor, action, roles, pool, session_id, contact_id, customer_id, detail
FROM audit
WHERE customer_id = $1 OR (session_id <> '' AND session_id = ANY ($2::text[]))
ORDER BY id

-- newest_sessions --
SELECT session_id FROM consultations
WHERE customer_id = $1
ORDER BY created_at DESC, session_id DESC
LIMIT $2

-- erasure --
SELECT at, customers, consultations, messages, deliveries FROM erasures
WHERE erasure_id = $1 AND done_at IS NOT NULL

-- stale_files --
-- Parquet files that may have rows of the customer until `aicc-db erase-exports` has cleared them.
SELECT name FROM stale_exports JOIN detached_partitions USING (name)
WHERE erasure_id = $1 AND path <> ''
ORDER BY name
