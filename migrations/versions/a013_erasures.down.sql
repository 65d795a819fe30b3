DROP FUNCTION erase_customer(text, text, text, timestamptz, text[], timestamptz[]);
DROP FUNCTION erase_sessions(text[], timestamptz[]);
DROP FUNCTION detached_tables(text);
DROP INDEX webhook_deliveries_session;
DROP TABLE erased_sessions;
DROP TABLE erasures;
-- An upgrade reads the topic from its beginning, or what was erased meanwhile would be unknown.
DELETE FROM sink_offsets WHERE sink = 'persister' AND topic LIKE '%erasures';
