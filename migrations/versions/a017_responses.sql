-- As intervals, for what conversations tell: how soon an agent first wrote to whom it had accepted. A row for each
-- of the log's partitions, so that nobody who stores one waits for another.
CREATE TABLE interval_responses (
    begin_at    timestamptz NOT NULL,
    pool        text NOT NULL,
    queue       text NOT NULL,
    agent_id    text NOT NULL,
    channel     text NOT NULL,
    partition   integer NOT NULL,
    responded   integer NOT NULL,
    response_ms bigint NOT NULL,
    responses   integer[] NOT NULL,
    PRIMARY KEY (begin_at, pool, queue, agent_id, channel, partition)
);

CREATE AGGREGATE sum_histograms(integer[]) (SFUNC = add_histograms, STYPE = integer[], INITCOND = '{}');
