-- The bounds of a range partition stand in its definition only.
SELECT
    parent.relname AS parent,
    child.relname AS name,
    substring(bound.text FROM $$FROM \('([^']+)'\)$$)::timestamptz AS since,
    substring(bound.text FROM $$TO \('([^']+)'\)$$)::timestamptz AS until,
    greatest(child.reltuples, stats.n_live_tup, 0)::bigint AS rows,
    pg_total_relation_size(child.oid) AS size
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
JOIN pg_class AS child ON child.oid = inhrelid
JOIN pg_namespace ON pg_namespace.oid = parent.relnamespace AND nspname = 'public'
LEFT JOIN pg_stat_user_tables AS stats ON stats.relid = child.oid,
LATERAL (SELECT pg_get_expr(child.relpartbound, child.oid) AS text) AS bound
WHERE parent.relname = ANY ($1::text[])
ORDER BY parent.relname, since NULLS LAST
