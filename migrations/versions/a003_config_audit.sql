-- Versions are the time in milliseconds.
ALTER TABLE agents ALTER COLUMN version TYPE bigint;

-- Nobody has written it before. What differs from the version before is in `changes` (the first ones of
-- `changed`), the whole version as it was written in `config`.
DROP TABLE config_audit;
CREATE TABLE config_audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool    text NOT NULL,
    version bigint NOT NULL,
    at      timestamptz NOT NULL,
    author  text NOT NULL,
    source  text NOT NULL,
    changed integer NOT NULL,
    changes jsonb NOT NULL,
    config  jsonb NOT NULL,
    -- A record that comes again is stored once.
    UNIQUE (pool, version)
);
-- The pages of one pool's changes, newest first.
CREATE INDEX config_audit_pool ON config_audit (pool, id);
