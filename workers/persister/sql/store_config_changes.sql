INSERT INTO config_audit (pool, version, at, author, source, changed, changes, config)
SELECT pool, version, at, author, source, changed, changes::jsonb, config::jsonb
FROM unnest(
    $1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[]
) AS new (pool, version, at, author, source, changed, changes, config)
ON CONFLICT (pool, version) DO NOTHING
