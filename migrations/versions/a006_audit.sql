-- `id` is the order in which they were stored, and of the pages; what was not named is empty.
CREATE TABLE audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- A record that comes again is stored once.
    audit_id    text NOT NULL UNIQUE,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    roles       text[] NOT NULL DEFAULT '{}',
    pool        text NOT NULL DEFAULT '',
    session_id  text NOT NULL DEFAULT '',
    contact_id  text NOT NULL DEFAULT '',
    customer_id text NOT NULL DEFAULT '',
    detail      text NOT NULL DEFAULT ''
);
-- For its retention, and for who asks by time.
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_customer ON audit (customer_id, id) WHERE customer_id <> '';
