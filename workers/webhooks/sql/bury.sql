UPDATE webhook_deliveries SET state = 'dead', last_error = $2 WHERE endpoint_id = $1 AND state = 'pending'
