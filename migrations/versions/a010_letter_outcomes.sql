-- What was decided of a dead letter, by the position of the record that it holds. Who replays it writes `replaying`
-- first, with the end of the record's partition at that time: should the process die, the next one looks from there
-- on whether the record was appended. Kept when the letter itself has left Kafka.
CREATE TABLE letter_outcomes (
    topic         text NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('replaying', 'replayed', 'discarded')),
    begun_at      timestamptz NOT NULL DEFAULT now(),
    settled_at    timestamptz,
    author        text NOT NULL,
    refused_for   text NOT NULL DEFAULT '',
    discarded_for text NOT NULL DEFAULT '',
    search_from   bigint,
    replayed_to   bigint,
    PRIMARY KEY (topic, partition, record_offset)
);
