INSERT INTO {staging}.{parent} ({columns})
SELECT {columns} FROM public.{parent}_default AS held
WHERE NOT EXISTS (SELECT FROM {staging}.{parent} AS copy WHERE {same})
LIMIT $1 FOR SHARE OF held SKIP LOCKED
ON CONFLICT DO NOTHING
