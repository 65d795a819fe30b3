-- Nobody waits for it: it shows who may not have heard of an erasure yet.
SELECT pg_advisory_xact_lock_shared(5500613)
