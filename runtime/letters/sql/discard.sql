INSERT INTO letter_outcomes
    (topic, partition, record_offset, outcome, settled_at, author, refused_for, discarded_for)
VALUES ($1, $2, $3, 'discarded', now(), $4, $5, $6)
