SELECT pool, seq FROM interval_pools WHERE pool = ANY ($1::text[])
