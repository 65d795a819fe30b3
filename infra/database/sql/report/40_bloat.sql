-- Dead rows | Tables with the most rows that vacuum has not removed yet; above a fifth it is behind.
SELECT
    schemaname || '.' || relname AS "table",
    n_live_tup AS live,
    n_dead_tup AS dead,
    round(n_dead_tup / greatest(n_live_tup + n_dead_tup, 1)::numeric, 3) AS share,
    coalesce(greatest(last_vacuum, last_autovacuum)::timestamp(0)::text, 'never') AS vacuumed
FROM pg_stat_user_tables WHERE n_dead_tup > 0
ORDER BY n_dead_tup DESC LIMIT 15
