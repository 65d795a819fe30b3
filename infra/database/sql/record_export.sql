UPDATE detached_partitions SET state = 'exported', path = $2, rows = $3 WHERE name = $1
