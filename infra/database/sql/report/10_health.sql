-- Health | Deadlocks are per million transactions; cache hits of all blocks asked for (0.99 is good).
SELECT
    xact_commit + xact_rollback AS transactions,
    deadlocks,
    round(1e6 * deadlocks / greatest(xact_commit + xact_rollback, 1), 3) AS "deadlocks per million",
    round(blks_hit / greatest(blks_hit + blks_read, 1)::numeric, 4) AS "cache hits",
    round(xact_rollback / greatest(xact_commit + xact_rollback, 1)::numeric, 4) AS "rolled back",
    pg_size_pretty(temp_bytes) AS "temporary files",
    pg_size_pretty(pg_database_size(datname)) AS size,
    coalesce(stats_reset::timestamp(0)::text, 'never') AS "counted since"
FROM pg_stat_database WHERE datname = current_database()
