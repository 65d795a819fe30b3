DROP TABLE interval_pools;
DROP TABLE interval_contacts;
DROP TABLE intervals;
DROP FUNCTION add_histograms(integer[], integer[]);
DELETE FROM sink_offsets WHERE sink = 'persister' AND topic LIKE '%routing.events';
