UPDATE webhook_endpoints SET enabled = false, disabled_why = $2 WHERE id = $1 AND enabled
