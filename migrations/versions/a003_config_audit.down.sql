DROP TABLE config_audit;
CREATE TABLE config_audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    author  text NOT NULL,
    pool    text NOT NULL,
    version integer NOT NULL,
    change  jsonb NOT NULL
);
CREATE INDEX config_audit_pool ON config_audit (pool, at);
-- Versions that are times do not fit.
UPDATE agents SET version = 1 WHERE version > 2147483647;
ALTER TABLE agents ALTER COLUMN version TYPE integer;
