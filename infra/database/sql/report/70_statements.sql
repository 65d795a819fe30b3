-- Slowest statements | By their time in all (pg_stat_statements); times in ms.
SELECT
    calls,
    round(total_exec_time::numeric) AS total,
    round(mean_exec_time::numeric, 2) AS mean,
    round(max_exec_time::numeric, 1) AS longest,
    rows,
    round(shared_blks_hit / greatest(shared_blks_hit + shared_blks_read, 1)::numeric, 3) AS "cache hits",
    left(regexp_replace(query, '\s+', ' ', 'g'), 160) AS statement
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query !~* '^(BEGIN|COMMIT|ROLLBACK)'
ORDER BY total_exec_time DESC LIMIT 20
