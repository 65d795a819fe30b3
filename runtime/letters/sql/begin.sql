INSERT INTO letter_outcomes (topic, partition, record_offset, outcome, author, refused_for, search_from)
VALUES ($1, $2, $3, 'replaying', $4, $5, $6)
