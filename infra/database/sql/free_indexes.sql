-- A month that comes back may have indexes of the same names.
DO $$
DECLARE
    index record;
BEGIN
    FOR index IN SELECT indexrelid::regclass AS name FROM pg_index WHERE indrelid = '{name}'::regclass LOOP
        IF to_regclass('detached.' || index.name) IS NOT NULL THEN
            EXECUTE format('ALTER INDEX %s RENAME TO %I', index.name, '{name}_' || index.name::oid);
        END IF;
    END LOOP;
END $$
