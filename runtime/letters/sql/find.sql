SELECT topic, partition, record_offset, outcome, begun_at, settled_at, author, refused_for, discarded_for, search_from,
       replayed_to
FROM letter_outcomes
ORDER BY begun_at, topic, partition, record_offset
