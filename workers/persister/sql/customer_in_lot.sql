-- Of the $4 customers after $3: the one of the digest $1 (with the key $2), and the last one.
WITH lot AS MATERIALIZED (
    SELECT customer_id FROM customers WHERE customer_id > $3 ORDER BY customer_id LIMIT $4
)
SELECT
    (
        SELECT customer_id FROM lot
        WHERE encode(sha256(convert_to($2 || '|' || customer_id, 'UTF8')), 'hex') = $1
    ) AS found,
    (SELECT max(customer_id) FROM lot) AS last
