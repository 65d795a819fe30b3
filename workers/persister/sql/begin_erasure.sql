-- Whether it is still to be done. From its commit on writers obey it.
WITH begun AS (
    INSERT INTO erasures (erasure_id, customer, at) VALUES ($1, $2, $3) ON CONFLICT (erasure_id) DO NOTHING
)
SELECT NOT EXISTS (SELECT FROM erasures WHERE erasure_id = $1 AND done_at IS NOT NULL)
