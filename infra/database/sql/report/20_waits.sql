-- Lock waits | Who waits for a lock at this moment, and for whom.
SELECT
    waiting.pid,
    waiting.usename AS "user",
    round(extract(epoch FROM clock_timestamp() - waiting.query_start), 1) AS "seconds",
    array_to_string(pg_blocking_pids(waiting.pid), ', ') AS "waits for",
    left(regexp_replace(waiting.query, '\s+', ' ', 'g'), 120) AS statement
FROM pg_stat_activity AS waiting
WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock'
ORDER BY waiting.query_start
