-- The agents that consultations had until now: what a statement reads of a table is what was there before it.
WITH stored AS (
    INSERT INTO consultations AS held (
        session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
        agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs, attributes
    )
    SELECT
        session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
        agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs::jsonb, attributes::jsonb
    FROM unnest(
        $1::text[], $2::timestamptz[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::text[], $16::text[], $17::int[], $18::bool[], $19::text[], $20::text[]
    ) AS new (
        session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at, ended_at,
        agent_id, pool, queue, reason, disposition, note, messages, synthetic, legs, attributes
    )
    ON CONFLICT (created_at, session_id) DO UPDATE SET
        version = excluded.version,
        customer_id = excluded.customer_id,
        channel = excluded.channel,
        status = excluded.status,
        state = excluded.state,
        started_at = excluded.started_at,
        changed_at = excluded.changed_at,
        ended_at = excluded.ended_at,
        agent_id = excluded.agent_id,
        pool = excluded.pool,
        queue = excluded.queue,
        reason = excluded.reason,
        disposition = excluded.disposition,
        note = excluded.note,
        messages = excluded.messages,
        synthetic = excluded.synthetic,
        legs = excluded.legs,
        attributes = excluded.attributes
    WHERE held.version < excluded.version
    RETURNING agent_id, CASE WHEN version > 1 THEN (
        SELECT former.agent_id FROM consultations AS former
        WHERE former.created_at = held.created_at AND former.session_id = held.session_id
    ) END AS former
)
SELECT DISTINCT former AS agent_id FROM stored WHERE former <> coalesce(agent_id, '')
