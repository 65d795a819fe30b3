SELECT topic, partition, next_offset, topic_id FROM sink_offsets
WHERE sink = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::int[]))
