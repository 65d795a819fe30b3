-- A pool that is deleted has no version (0). Who is retired keeps the version that did it.
UPDATE agents SET active = false, version = greatest(version, $3::bigint)
WHERE active AND pool = $1 AND NOT agent_id = ANY ($2::text[]) AND (version <= $3 OR $3 = 0)
