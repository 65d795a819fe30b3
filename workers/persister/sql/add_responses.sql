INSERT INTO interval_responses AS held (
    begin_at, pool, queue, agent_id, channel, partition, responded, response_ms, responses
)
SELECT begin_at, pool, queue, agent_id, channel, partition, responded, response_ms, responses::int[]
FROM unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bigint[], $9::text[]
) AS new (begin_at, pool, queue, agent_id, channel, partition, responded, response_ms, responses)
ON CONFLICT (begin_at, pool, queue, agent_id, channel, partition) DO UPDATE SET
    responded = held.responded + excluded.responded,
    response_ms = held.response_ms + excluded.response_ms,
    responses = add_histograms(held.responses, excluded.responses)
