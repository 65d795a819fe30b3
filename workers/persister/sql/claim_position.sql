SELECT next_offset FROM sink_offsets WHERE sink = $1 AND topic = $2 AND partition = $3 FOR UPDATE
