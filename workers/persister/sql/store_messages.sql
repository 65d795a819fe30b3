INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, sender_id, kind, text, at, attachments)
SELECT * FROM unnest(
    $1::text[], $2::timestamptz[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::jsonb[]
)
ON CONFLICT (created_at, session_id, seq) DO NOTHING
