-- What is due, oldest first: of each endpoint at most $3 less those under way ($1, $2), of all $4. Who dies with
-- it leaves it to the next one after $5 seconds.
WITH due AS (
    SELECT delivery.id
    FROM webhook_endpoints AS endpoint
    LEFT JOIN unnest($1::bigint[], $2::int[]) AS busy (endpoint_id, count) ON busy.endpoint_id = endpoint.id
    CROSS JOIN LATERAL (
        SELECT id, next_try_at
        FROM webhook_deliveries
        WHERE endpoint_id = endpoint.id AND state = 'pending' AND next_try_at <= now()
        ORDER BY next_try_at, id
        LIMIT greatest(0, $3 - coalesce(busy.count, 0))
        FOR UPDATE SKIP LOCKED
    ) AS delivery
    WHERE endpoint.enabled
    ORDER BY delivery.next_try_at, delivery.id
    LIMIT $4
)
UPDATE webhook_deliveries AS delivery
SET tries = tries + 1, last_try_at = now(), next_try_at = now() + $5 * interval '1 second'
FROM due, webhook_endpoints AS endpoint
WHERE delivery.id = due.id AND endpoint.id = delivery.endpoint_id
RETURNING delivery.id, delivery.endpoint_id, delivery.event_id, delivery.body, delivery.tries, endpoint.url,
    CASE WHEN endpoint.former_until > now() THEN ARRAY[endpoint.secret, endpoint.former_secret]
        ELSE ARRAY[endpoint.secret] END AS secrets
