WITH lot AS MATERIALIZED (
    SELECT * FROM public.{parent}_default ORDER BY {key} LIMIT $1 FOR SHARE SKIP LOCKED
), copied AS (
    INSERT INTO {staging}.{parent} ({columns}) SELECT {columns} FROM lot ON CONFLICT DO NOTHING
)
SELECT {key} FROM lot ORDER BY {backwards} LIMIT 1
