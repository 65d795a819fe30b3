UPDATE letter_outcomes SET begun_at = now(), author = $4
WHERE topic = $1 AND partition = $2 AND record_offset = $3 AND outcome = 'replaying'
