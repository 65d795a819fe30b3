-- A queue's consultations, newest first; what names no indexed column is read by time (the primary key).
CREATE INDEX consultations_queue ON consultations (queue, created_at, session_id);
