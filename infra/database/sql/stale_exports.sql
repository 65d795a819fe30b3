-- The files that may hold rows of who was erased, the oldest first.
SELECT name, parent, since, path, state = 'dropped' AS dropped, array_agg(erasure_id) AS erasures
FROM stale_exports JOIN detached_partitions USING (name)
WHERE path <> ''
GROUP BY name, parent, since, path, state
ORDER BY since, name
