INSERT INTO detached_partitions (name, parent, since, until) VALUES ($1, $2, $3, $4)
