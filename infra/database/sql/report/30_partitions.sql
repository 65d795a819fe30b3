-- Partitions | Sizes with their indexes; rows are estimates.
SELECT
    child.relname AS partition,
    coalesce(stats.n_live_tup, 0) AS rows,
    pg_size_pretty(pg_relation_size(child.oid)) AS "table",
    pg_size_pretty(pg_indexes_size(child.oid)) AS indexes,
    pg_size_pretty(pg_total_relation_size(child.oid)) AS total
FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid AND child.relkind = 'r'
LEFT JOIN pg_stat_user_tables AS stats ON stats.relid = child.oid
ORDER BY child.relname
