-- Empty: stored before it was known; the persister fills it in.
ALTER TABLE sink_offsets ADD COLUMN topic_id text NOT NULL DEFAULT '';
