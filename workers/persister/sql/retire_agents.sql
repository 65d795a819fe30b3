UPDATE agents SET active = false WHERE active AND pool = $1 AND NOT agent_id = ANY ($2::text[])
