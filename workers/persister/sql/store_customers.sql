-- As workers.persister.rows joins two sayings: of two names (phones) the later one, an empty one never.
-- Returns a row where somebody was known by another name or phone before.
WITH stored AS (
    INSERT INTO customers AS held (customer_id, name, phone, first_seen_at, last_seen_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
    ON CONFLICT (customer_id) DO UPDATE SET
        name = CASE
            WHEN excluded.name <> '' AND (held.name = '' OR excluded.last_seen_at >= held.last_seen_at)
            THEN excluded.name ELSE held.name
        END,
        phone = CASE
            WHEN excluded.phone <> '' AND (held.phone = '' OR excluded.last_seen_at >= held.last_seen_at)
            THEN excluded.phone ELSE held.phone
        END,
        first_seen_at = least(held.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(held.last_seen_at, excluded.last_seen_at)
    -- Every version of a consultation comes by here: write only what is new.
    WHERE excluded.first_seen_at < held.first_seen_at
        OR excluded.last_seen_at > held.last_seen_at
        OR (excluded.name <> '' AND excluded.name <> held.name)
        OR (excluded.phone <> '' AND excluded.phone <> held.phone)
    RETURNING (
        SELECT (former.name, former.phone) <> (held.name, held.phone)
        FROM customers AS former
        WHERE former.customer_id = held.customer_id
    ) AS renamed
)
SELECT renamed FROM stored WHERE renamed LIMIT 1
