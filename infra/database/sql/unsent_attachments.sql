-- Of the objects $2 of the sessions $1 (which began at $3) those that nothing refers to: of sessions that are erased,
-- or are over, so that all their messages are stored, and none of those names the object; and of months that were
-- dropped. Of other sessions nothing is known here.
SELECT wanted.session_id, wanted.name
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS wanted (session_id, name, created_at)
WHERE EXISTS (SELECT FROM erased_sessions WHERE erased_sessions.session_id = wanted.session_id)
OR (
    (
        EXISTS (
            SELECT FROM consultations AS c
            WHERE c.created_at = wanted.created_at AND c.session_id = wanted.session_id
                AND c.state = 'closed'
        )
        OR EXISTS (
            SELECT FROM detached_partitions AS d
            WHERE d.parent = 'chat_messages' AND d.since <= wanted.created_at AND wanted.created_at < d.until
                AND d.state = 'dropped'
        )
    )
    AND NOT EXISTS (
        SELECT FROM chat_messages AS m
        WHERE m.created_at = wanted.created_at AND m.session_id = wanted.session_id
            AND m.attachments @> jsonb_build_array(jsonb_build_object('id', wanted.name))
    )
    AND NOT EXISTS (
        SELECT FROM detached_partitions AS d
        WHERE d.parent = 'chat_messages' AND d.since <= wanted.created_at AND wanted.created_at < d.until
            AND d.state <> 'dropped'
    )
)
