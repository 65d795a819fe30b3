-- What happened in a quarter of an hour: counts of contacts, sums in milliseconds, and histograms whose
-- buckets are those of workers/persister/intervals.py. Without agent: what happened before anybody answered.
CREATE TABLE intervals (
    begin_at        timestamptz NOT NULL,
    pool            text NOT NULL,
    queue           text NOT NULL,
    agent_id        text NOT NULL,
    channel         text NOT NULL,
    offered         integer NOT NULL,
    answered        integer NOT NULL,
    answered_within integer NOT NULL,
    abandoned       integer NOT NULL,
    refused         integer NOT NULL,
    canceled        integer NOT NULL,
    overflowed      integer NOT NULL,
    transferred     integer NOT NULL,
    handled         integer NOT NULL,
    wait_ms         bigint NOT NULL,
    abandon_wait_ms bigint NOT NULL,
    talk_ms         bigint NOT NULL,
    wrap_up_ms      bigint NOT NULL,
    waits           integer[] NOT NULL,
    handles         integer[] NOT NULL,
    wrap_ups        integer[] NOT NULL,
    PRIMARY KEY (begin_at, pool, queue, agent_id, channel)
);

-- What has to be known of the contacts that are not over, to count what becomes of them.
CREATE TABLE interval_contacts (
    contact_id text PRIMARY KEY,
    state      text NOT NULL
);

-- The number of each pool's last event that is counted: a replay gives equal events at other offsets.
CREATE TABLE interval_pools (
    pool text PRIMARY KEY,
    seq  bigint NOT NULL
);

CREATE FUNCTION add_histograms(one integer[], other integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY nth), '{}')
    FROM unnest(one, other) WITH ORDINALITY AS pairs (a, b, nth)
$$;
