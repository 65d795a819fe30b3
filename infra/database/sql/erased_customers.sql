SELECT customer, max(at) AS at FROM erasures WHERE customer = ANY ($1::text[]) AND done_at IS NOT NULL GROUP BY customer
