DELETE FROM stale_exports WHERE name = $1 AND erasure_id = ANY ($2::text[])
