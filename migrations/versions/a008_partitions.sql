-- What retention has taken out of the tables: `kept` in the schema detached, `exported` to `path` and kept
-- as well, or `dropped` after the export. Whoever erases a customer has to look here, too.
CREATE SCHEMA detached;
CREATE TABLE detached_partitions (
    name        text PRIMARY KEY,
    parent      text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'exported', 'dropped')),
    path        text NOT NULL DEFAULT '',
    rows        bigint,
    detached_at timestamptz NOT NULL DEFAULT now()
);

-- As before, but nobody waits long for it: rows that are many stay where they are (`aicc-db partitions move`
-- moves them), and of the default partition, which writers and readers share, it waits 100 ms at a time.
CREATE OR REPLACE FUNCTION make_month_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    until timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    child text := parent || to_char(day, '"_"YYYY"_"MM');
    rest text := parent || '_default';
    patience text := current_setting('lock_timeout');
    names text;
    waiting bigint;
BEGIN
    IF parent NOT IN ('consultations', 'chat_messages') THEN
        RAISE '% has no partitions by month', parent;
    END IF;
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time; unlike an advisory lock, this one lets us see what whoever held it has made. Writers
    -- do not notice it.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    EXECUTE format(
        'SELECT count(*) FROM (SELECT FROM %I WHERE created_at >= %L AND created_at < %L LIMIT 1001) AS few',
        rest, since, until
    ) INTO waiting;
    -- A move that is under way makes it, in a schema that may not be ours to look into.
    IF to_regclass(child) IS NOT NULL OR waiting > 1000 OR EXISTS (
        SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relname = child AND nspname = 'moving_' || parent
    ) THEN
        RETURN false;
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names FROM pg_attribute
    WHERE attrelid = parent::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    -- Attaching takes weaker locks on the parent than CREATE TABLE ... PARTITION OF: readers go on.
    EXECUTE format(
        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', child, parent
    );
    FOR try IN 1..20 LOOP
        BEGIN
            SET LOCAL lock_timeout = '100ms';
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', rest);
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF try = 20 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.05 + 0.1 * random());
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
    EXECUTE format(
        'WITH moved AS (DELETE FROM %I WHERE created_at >= %L AND created_at < %L RETURNING *)'
        ' INSERT INTO %I (%s) SELECT %s FROM moved', rest, since, until, child, names, names
    );
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, since, until
    );
    RETURN true;
END $$;

-- The months (UTC) from the current one to `ahead` more that have no partition yet.
CREATE FUNCTION missing_months(ahead integer) RETURNS TABLE (parent text, day date) LANGUAGE sql STABLE AS $$
    SELECT parent, day
    FROM unnest(ARRAY['consultations', 'chat_messages']) AS parent,
         LATERAL (
             SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + month * interval '1 month')::date
             FROM generate_series(0, ahead) AS month
         ) AS months (day)
    WHERE to_regclass(parent || to_char(day, '"_"YYYY"_"MM')) IS NULL
    ORDER BY day, parent
$$;
