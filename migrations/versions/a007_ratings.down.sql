ALTER TABLE consultations DROP COLUMN rating, DROP COLUMN rating_comment, DROP COLUMN rated_at;
