-- Missing indexes? | Tables of 10,000 rows or more that are often read as a whole.
SELECT
    schemaname || '.' || relname AS "table",
    n_live_tup AS rows,
    seq_scan AS "whole reads",
    seq_tup_read / greatest(seq_scan, 1) AS "rows per read",
    coalesce(idx_scan, 0) AS "index scans"
FROM pg_stat_user_tables
WHERE n_live_tup >= 10000 AND seq_scan > 10 AND seq_tup_read / greatest(seq_scan, 1) >= 1000
ORDER BY seq_tup_read DESC LIMIT 15
