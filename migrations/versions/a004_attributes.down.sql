ALTER TABLE consultations DROP COLUMN attributes;
