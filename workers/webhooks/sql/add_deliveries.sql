-- FOR SHARE: an endpoint that is being disabled or deleted is waited for, and then left out.
WITH hearing AS (SELECT id, events FROM webhook_endpoints WHERE enabled ORDER BY id FOR SHARE)
INSERT INTO webhook_deliveries (endpoint_id, event_id, type, body)
SELECT hearing.id, event.id, event.type, event.body
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS event (id, type, body, nth)
JOIN hearing ON hearing.events = '{}' OR event.type = ANY (hearing.events)
ORDER BY event.nth, hearing.id
ON CONFLICT (endpoint_id, event_id) DO NOTHING
