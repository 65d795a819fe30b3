-- What became of requests under an Idempotency-Key; written in the transaction of what they did.
CREATE TABLE webhook_keys (
    name    text PRIMARY KEY,
    request text NOT NULL,
    status  integer,
    body    bytea,
    headers text[] NOT NULL DEFAULT '{}',
    at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_keys_at ON webhook_keys (at);
DO $$
BEGIN
    IF to_regrole('aicc_gateway') IS NOT NULL THEN
        GRANT INSERT, UPDATE, DELETE ON webhook_keys TO aicc_gateway;
    END IF;
END $$;
