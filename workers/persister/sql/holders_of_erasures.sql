SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND classid = 0 AND objid = 5500613 AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
