-- Index use | Each index with its partitions' together, the least used first. Unused: no scan since the counters began, and neither unique nor a key.
SELECT
    stats.schemaname || '.' || coalesce(whole.relname, stats.relname) AS "table",
    coalesce(parent.relname, stats.indexrelname) AS index,
    sum(stats.idx_scan)::bigint AS scans,
    sum(stats.idx_tup_read)::bigint AS "entries read",
    pg_size_pretty(sum(pg_relation_size(stats.indexrelid))) AS size,
    CASE WHEN sum(stats.idx_scan) = 0 AND NOT bool_or(indisunique) THEN 'unused' ELSE '' END AS verdict
FROM pg_stat_user_indexes AS stats
JOIN pg_index USING (indexrelid)
LEFT JOIN pg_inherits AS inherits ON inherits.inhrelid = stats.indexrelid
LEFT JOIN pg_class AS parent ON parent.oid = inherits.inhparent
LEFT JOIN pg_inherits AS of_table ON of_table.inhrelid = stats.relid
LEFT JOIN pg_class AS whole ON whole.oid = of_table.inhparent
GROUP BY 1, 2
ORDER BY 3, sum(pg_relation_size(stats.indexrelid)) DESC, 2
