INSERT INTO intervals AS held (
    begin_at, pool, queue, agent_id, channel, offered, answered, answered_within, abandoned,
    refused, canceled, overflowed, transferred, handled, wait_ms, abandon_wait_ms, talk_ms,
    wrap_up_ms, waits, handles, wrap_ups
)
SELECT
    begin_at, pool, queue, agent_id, channel, offered, answered, answered_within, abandoned,
    refused, canceled, overflowed, transferred, handled, wait_ms, abandon_wait_ms, talk_ms,
    wrap_up_ms, waits::int[], handles::int[], wrap_ups::int[]
FROM unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[],
    $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[],
    $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::text[],
    $21::text[]
) AS new (
    begin_at, pool, queue, agent_id, channel, offered, answered, answered_within, abandoned,
    refused, canceled, overflowed, transferred, handled, wait_ms, abandon_wait_ms, talk_ms,
    wrap_up_ms, waits, handles, wrap_ups
)
ON CONFLICT (begin_at, pool, queue, agent_id, channel) DO UPDATE SET
    offered = held.offered + excluded.offered,
    answered = held.answered + excluded.answered,
    answered_within = held.answered_within + excluded.answered_within,
    abandoned = held.abandoned + excluded.abandoned,
    refused = held.refused + excluded.refused,
    canceled = held.canceled + excluded.canceled,
    overflowed = held.overflowed + excluded.overflowed,
    transferred = held.transferred + excluded.transferred,
    handled = held.handled + excluded.handled,
    wait_ms = held.wait_ms + excluded.wait_ms,
    abandon_wait_ms = held.abandon_wait_ms + excluded.abandon_wait_ms,
    talk_ms = held.talk_ms + excluded.talk_ms,
    wrap_up_ms = held.wrap_up_ms + excluded.wrap_up_ms,
    waits = add_histograms(held.waits, excluded.waits),
    handles = add_histograms(held.handles, excluded.handles),
    wrap_ups = add_histograms(held.wrap_ups, excluded.wrap_ups)
