-- What was detached before keeps its name, also where it is a file by now.
SELECT $1::text || coalesce('_' || max(number) + 1, '')
FROM detached_partitions,
LATERAL (SELECT coalesce(nullif(substr(name, length($1) + 2), ''), '1')::int AS number) AS parts
WHERE name ~ ('^' || $1 || '(_\d+)?$')
