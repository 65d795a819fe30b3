-- All of one pool. A version below the newest one that the pool's agents know changes nothing.
INSERT INTO agents (agent_id, name, pool, queues, capacity, synthetic, version, active)
SELECT agent_id, name, pool, ARRAY(SELECT jsonb_array_elements_text(queues::jsonb)), capacity, synthetic, version, true
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bool[], $7::bigint[])
    AS new (agent_id, name, pool, queues, capacity, synthetic, version)
WHERE version >= coalesce((SELECT max(known.version) FROM agents AS known WHERE known.pool = ($3::text[])[1]), 0)
ON CONFLICT (agent_id) DO UPDATE SET
    name = excluded.name,
    pool = excluded.pool,
    queues = excluded.queues,
    capacity = excluded.capacity,
    synthetic = excluded.synthetic,
    version = excluded.version,
    active = true
