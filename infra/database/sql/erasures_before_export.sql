-- Those that the table was cleared of: what is read of it from now on is without them.
SELECT coalesce(array_agg(erasure_id), '{}') FROM stale_exports WHERE name = $1
