UPDATE letter_outcomes SET outcome = 'replayed', settled_at = now(), replayed_to = $4
WHERE topic = $1 AND partition = $2 AND record_offset = $3 AND outcome = 'replaying'
