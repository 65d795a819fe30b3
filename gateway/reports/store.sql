-- intervals --
-- Those that begin in [$1, $2), of one pool, queue, agent and channel each or, where empty, of all.
SELECT begin_at, pool, queue, agent_id, channel, offered, answered, answered_within, abandoned, refused, canceled,
       overflowed, transferred, handled, wait_ms, abandon_wait_ms, talk_ms, wrap_up_ms, waits, handles, wrap_ups
FROM intervals
WHERE begin_at >= $1 AND begin_at < $2 AND ($3 = '' OR pool = $3) AND ($4 = '' OR queue = $4)
    AND ($5 = '' OR agent_id = $5) AND ($6 = '' OR channel = $6)
ORDER BY begin_at, pool, queue, agent_id, channel
LIMIT $7
