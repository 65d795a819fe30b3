-- What was detached before keeps its name, also where it is a file by now.
SELECT $1::text || CASE WHEN count(*) = 0 THEN '' ELSE '_' || count(*) + 1 END
FROM detached_partitions WHERE name ~ ('^' || $1 || '(_\d+)?$')
