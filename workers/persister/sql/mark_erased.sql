INSERT INTO erased_sessions SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
