SELECT session_id FROM erased_sessions WHERE session_id = ANY ($1::text[])
