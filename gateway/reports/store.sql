-- intervals --
-- Those that begin in [$1, $2), of one pool, queue, agent and channel each or, where empty, of all: what pools told and what
-- conversations did, which may each be of a row that the other has nothing of.
WITH told AS (
    SELECT * FROM intervals
    WHERE begin_at >= $1 AND begin_at < $2 AND ($3 = '' OR pool = $3) AND ($4 = '' OR queue = $4)
        AND ($5 = '' OR agent_id = $5) AND ($6 = '' OR channel = $6)
), wrote AS (
    SELECT begin_at, pool, queue, agent_id, channel, sum(responded)::integer AS responded,
           sum(response_ms)::bigint AS response_ms, sum_histograms(responses) AS responses
    FROM interval_responses
    WHERE begin_at >= $1 AND begin_at < $2 AND ($3 = '' OR pool = $3) AND ($4 = '' OR queue = $4)
        AND ($5 = '' OR agent_id = $5) AND ($6 = '' OR channel = $6)
    GROUP BY 1, 2, 3, 4, 5
)
SELECT begin_at, pool, queue, agent_id, channel, coalesce(offered, 0) AS offered, coalesce(answered, 0) AS answered,
       coalesce(answered_within, 0) AS answered_within, coalesce(abandoned, 0) AS abandoned,
       coalesce(refused, 0) AS refused, coalesce(canceled, 0) AS canceled, coalesce(overflowed, 0) AS overflowed,
       coalesce(transferred, 0) AS transferred, coalesce(handled, 0) AS handled, coalesce(responded, 0) AS responded,
       coalesce(wait_ms, 0) AS wait_ms, coalesce(abandon_wait_ms, 0) AS abandon_wait_ms,
       coalesce(talk_ms, 0) AS talk_ms, coalesce(wrap_up_ms, 0) AS wrap_up_ms, coalesce(response_ms, 0) AS response_ms,
       coalesce(waits, '{}') AS waits, coalesce(handles, '{}') AS handles, coalesce(wrap_ups, '{}') AS wrap_ups,
       coalesce(responses, '{}') AS responses
FROM told FULL JOIN wrote USING (begin_at, pool, queue, agent_id, channel)
ORDER BY begin_at, pool, queue, agent_id, channel
LIMIT $7
