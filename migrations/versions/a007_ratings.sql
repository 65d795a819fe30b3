-- What the customer thinks of a consultation that is over: once, by an event of its own. A later version of the
-- consultation leaves it as it is.
ALTER TABLE consultations
    ADD COLUMN rating smallint,
    ADD COLUMN rating_comment text NOT NULL DEFAULT '',
    ADD COLUMN rated_at timestamptz;
