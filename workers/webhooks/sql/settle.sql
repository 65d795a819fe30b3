-- Of two tries that end, one of them late, the one that arrived counts.
UPDATE webhook_deliveries
SET state = $3, next_try_at = now() + $4 * interval '1 second', last_status = $5, last_error = $6
WHERE id = $1 AND state = 'pending' AND (tries = $2 OR $3 = 'delivered')
