-- No `events`: all of them. Until `former_until` what is sent is signed with the former secret, too.
CREATE TABLE webhook_endpoints (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url           text NOT NULL,
    description   text NOT NULL,
    events        text[] NOT NULL,
    secret        text NOT NULL,
    former_secret text NOT NULL DEFAULT '',
    former_until  timestamptz NOT NULL DEFAULT '-infinity',
    enabled       boolean NOT NULL DEFAULT true,
    disabled_why  text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- One event for one endpoint. While somebody tries it, `next_try_at` is when the next one may, should the
-- first never say what came of it.
CREATE TABLE webhook_deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id bigint NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    event_id    text NOT NULL,
    type        text NOT NULL,
    body        text NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    tries       integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    next_try_at timestamptz NOT NULL DEFAULT now(),
    last_try_at timestamptz,
    last_status integer,
    last_error  text NOT NULL DEFAULT '',
    -- A record that comes again is sent once.
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_try_at) WHERE state = 'pending';
-- Pages of one endpoint or one state, newest first.
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (state, id);
-- What is kept long enough.
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at) WHERE state <> 'pending';
