DELETE FROM webhook_deliveries WHERE state <> 'pending' AND created_at < now() - $1 * interval '1 day'
