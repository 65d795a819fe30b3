UPDATE sink_offsets SET next_offset = $4 WHERE sink = $1 AND topic = $2 AND partition = $3
