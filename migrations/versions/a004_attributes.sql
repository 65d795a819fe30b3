-- What a call's flow has learned of its caller, by name.
ALTER TABLE consultations ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
