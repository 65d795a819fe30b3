-- Who contacts the center. A name or phone that a later contact does not give is kept.
CREATE TABLE customers (
    customer_id   text PRIMARY KEY,
    name          text NOT NULL DEFAULT '',
    phone         text NOT NULL DEFAULT '',
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL
);
CREATE INDEX customers_phone ON customers (phone) INCLUDE (name) WHERE phone <> '';

-- Who serves. An agent that leaves the configuration stays, inactive: history still names them.
CREATE TABLE agents (
    agent_id  text PRIMARY KEY,
    name      text NOT NULL,
    pool      text NOT NULL,
    queues    text[] NOT NULL DEFAULT '{}',
    capacity  integer NOT NULL DEFAULT 1,
    synthetic boolean NOT NULL DEFAULT false,
    active    boolean NOT NULL DEFAULT true,
    version   integer NOT NULL DEFAULT 1
);
CREATE INDEX agents_pool ON agents (pool);

-- One row a conversation, at its highest version. created_at is the time in the session_id, so a row never
-- changes its partition.
CREATE TABLE consultations (
    session_id  text NOT NULL,
    created_at  timestamptz NOT NULL,
    version     integer NOT NULL,
    customer_id text NOT NULL,
    channel     text NOT NULL,
    status      text NOT NULL,
    state       text NOT NULL,
    started_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    agent_id    text,
    pool        text,
    queue       text,
    reason      text NOT NULL DEFAULT '',
    disposition text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    messages    integer NOT NULL DEFAULT 0,
    synthetic   boolean NOT NULL DEFAULT false,
    legs        jsonb NOT NULL DEFAULT '[]',
    -- Also the index by created_at, and the order of the history's pages.
    PRIMARY KEY (created_at, session_id)
) PARTITION BY RANGE (created_at);
CREATE TABLE consultations_default PARTITION OF consultations DEFAULT;
-- Each ends in session_id: a page of history begins right after the last row of the one before.
CREATE INDEX consultations_customer ON consultations (customer_id, created_at, session_id);
CREATE INDEX consultations_status ON consultations (status, created_at, session_id);
CREATE INDEX consultations_agent ON consultations (agent_id, created_at, session_id);

-- The transcript; seq counts from 1 within a session, without gap.
CREATE TABLE chat_messages (
    session_id text NOT NULL,
    created_at timestamptz NOT NULL,
    seq        integer NOT NULL,
    message_id text NOT NULL,
    role       text NOT NULL,
    sender_id  text NOT NULL DEFAULT '',
    kind       text NOT NULL DEFAULT 'text',
    text       text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (created_at, session_id, seq)
) PARTITION BY RANGE (created_at);
CREATE TABLE chat_messages_default PARTITION OF chat_messages DEFAULT;
CREATE INDEX chat_messages_session ON chat_messages (session_id, seq);

-- How far each sink has stored each Kafka partition; written in the transaction that stores the rows.
CREATE TABLE sink_offsets (
    sink        text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sink, topic, partition)
);

-- Who changed the configuration, when and to what.
CREATE TABLE config_audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    author  text NOT NULL,
    pool    text NOT NULL,
    version integer NOT NULL,
    change  jsonb NOT NULL
);
CREATE INDEX config_audit_pool ON config_audit (pool, at);

-- Makes the partition of `parent` for the month of `day` (UTC) and says whether it was missing. Rows of
-- that month that had gone to the default partition move into it.
CREATE FUNCTION make_month_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    until timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    child text := parent || to_char(day, '"_"YYYY"_"MM');
BEGIN
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time; unlike an advisory lock, this one lets us see what whoever held it has made.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Attaching takes weaker locks on the parent than CREATE TABLE ... PARTITION OF: readers go on.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format(
        'WITH moved AS (DELETE FROM %I WHERE created_at >= %L AND created_at < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', parent || '_default', since, until, child
    );
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, since, until
    );
    RETURN true;
END $$;

-- Makes the partitions of the current month (UTC) and `ahead` more; the number of new ones.
CREATE FUNCTION make_partitions(ahead integer) RETURNS integer LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE make_month_partition(parent, day))::integer
    FROM unnest(ARRAY['consultations', 'chat_messages']) AS parent,
         LATERAL (
             SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + month * interval '1 month')::date
             FROM generate_series(0, ahead) AS month
         ) AS months (day)
$$;

SELECT make_partitions(3);
