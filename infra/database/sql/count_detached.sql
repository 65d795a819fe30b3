UPDATE detached_partitions SET rows = (SELECT count(*) FROM detached.{name}) WHERE name = $1
