DROP TABLE audit;
DELETE FROM sink_offsets
WHERE sink = 'persister' AND topic LIKE '%audit' AND topic NOT LIKE '%config.audit';
