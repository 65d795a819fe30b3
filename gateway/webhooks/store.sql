-- endpoints --
SELECT id, url, description, events, enabled, disabled_why, created_at,
       (SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = webhook_endpoints.id AND state = 'pending') AS pending,
       (SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = webhook_endpoints.id AND state = 'dead') AS dead
FROM webhook_endpoints
ORDER BY id

-- next_endpoint --
SELECT nextval(pg_get_serial_sequence('webhook_endpoints', 'id'))

-- add_endpoint --
-- None where there are $6 already.
INSERT INTO webhook_endpoints (id, url, description, events, secret)
OVERRIDING SYSTEM VALUE
SELECT $1, $2, $3, $4::text[], $5
WHERE (SELECT count(*) FROM webhook_endpoints) < $6
RETURNING id

-- remove_endpoint --
DELETE FROM webhook_endpoints WHERE id = $1 RETURNING id

-- enable_endpoint --
UPDATE webhook_endpoints SET enabled = true, disabled_why = '' WHERE id = $1 RETURNING id

-- rotate_secret --
UPDATE webhook_endpoints
SET former_secret = secret, former_until = now() + $3 * interval '1 second', secret = $2
WHERE id = $1
RETURNING former_until

-- add_test --
INSERT INTO webhook_deliveries (endpoint_id, event_id, type, body)
SELECT id, $2, $3, $4 FROM webhook_endpoints WHERE id = $1 AND enabled
RETURNING id

-- deliveries --
-- The newest below $3; of one endpoint or, $1 being 0, of all; in one state or, $2 being empty, in any.
SELECT delivery.id, endpoint_id, url, event_id, type, state, tries, delivery.created_at, last_try_at,
       CASE WHEN state = 'pending' THEN next_try_at END AS next_try_at, last_status, last_error,
       CASE WHEN $5::boolean THEN body END AS body
FROM webhook_deliveries AS delivery
JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
WHERE ($1::bigint = 0 OR endpoint_id = $1) AND ($2 = '' OR state = $2) AND delivery.id < $3
ORDER BY delivery.id DESC
LIMIT $4

-- send_again --
-- From its first try on; one that is under way already is left to that. Of a disabled endpoint none.
UPDATE webhook_deliveries AS delivery
SET state = 'pending', tries = 0, next_try_at = now()
FROM webhook_endpoints AS endpoint
WHERE delivery.id = $1 AND delivery.state <> 'pending' AND endpoint.id = endpoint_id AND endpoint.enabled
RETURNING delivery.id

-- endpoint_of --
SELECT endpoint_id FROM webhook_deliveries WHERE id = $1

-- delivery_state --
SELECT state, enabled FROM webhook_deliveries AS delivery
JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
WHERE delivery.id = $1

-- take_key --
-- NULL where it is taken; whoever takes it at the same time waits for the other's end. Old ones are forgotten.
WITH forgotten AS (
    DELETE FROM webhook_keys WHERE at < now() - $3 * interval '1 second' AND name <> $1
)
INSERT INTO webhook_keys AS known (name, request) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET request = excluded.request, at = now()
WHERE known.at < now() - $3 * interval '1 second'
RETURNING name

-- answered --
SELECT request, status, body, headers FROM webhook_keys WHERE name = $1

-- keep_answer --
UPDATE webhook_keys SET status = $2, body = $3, headers = $4 WHERE name = $1
