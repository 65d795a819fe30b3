-- Refuses while the schema detached holds partitions: nothing is thrown away on the way back.
DROP SCHEMA detached;
DROP TABLE detached_partitions;
DROP FUNCTION missing_months(integer);
-- Makes the partition of `parent` for the month of `day` (UTC) and says whether it was missing. Rows of
-- that month that had gone to the default partition move into it.
CREATE OR REPLACE FUNCTION make_month_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    until timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    child text := parent || to_char(day, '"_"YYYY"_"MM');
BEGIN
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time; unlike an advisory lock, this one lets us see what whoever held it has made.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Attaching takes weaker locks on the parent than CREATE TABLE ... PARTITION OF: readers go on.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format(
        'WITH moved AS (DELETE FROM %I WHERE created_at >= %L AND created_at < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', parent || '_default', since, until, child
    );
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, since, until
    );
    RETURN true;
END $$;

