INSERT INTO interval_pools (pool, seq) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (pool) DO UPDATE SET seq = excluded.seq
