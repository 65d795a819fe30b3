-- From month to month along the index: no more than one look at each. What no calendar of ours holds stays.
WITH RECURSIVE held AS (
    (SELECT created_at FROM public.{parent}_default ORDER BY created_at LIMIT 1)
    UNION ALL
    SELECT (
        SELECT later.created_at FROM public.{parent}_default AS later
        WHERE later.created_at >= (date_trunc('month', held.created_at, 'UTC') + interval '1 month')
        ORDER BY later.created_at LIMIT 1
    )
    FROM held WHERE held.created_at IS NOT NULL
)
SELECT date_trunc('month', created_at, 'UTC') AS month FROM held
WHERE created_at >= '0002-01-01Z' AND created_at < '9999-12-01Z'
