INSERT INTO sink_offsets AS held (sink, topic, partition, next_offset, topic_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (sink, topic, partition) DO UPDATE
SET next_offset = greatest(held.next_offset, excluded.next_offset), topic_id = excluded.topic_id
