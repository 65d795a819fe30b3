SELECT begin_at, pool, queue, sum(offered)::bigint AS offered, sum(answered)::bigint AS answered,
       sum(answered_within)::bigint AS within, sum(abandoned)::bigint AS abandoned,
       sum(refused)::bigint AS refused, sum(wait_ms)::bigint AS wait_ms
FROM intervals
WHERE begin_at >= $1 AND begin_at < $2
GROUP BY begin_at, pool, queue
ORDER BY begin_at, pool, queue
