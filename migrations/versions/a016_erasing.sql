-- An erasure is known before it is done: without `done_at` writers obey it already.
ALTER TABLE erasures
    ALTER done_at DROP NOT NULL, ALTER done_at DROP DEFAULT,
    ALTER customers SET DEFAULT 0, ALTER consultations SET DEFAULT 0,
    ALTER messages SET DEFAULT 0, ALTER deliveries SET DEFAULT 0;

-- Which erasure the file of which detached month may still have rows of, be it written already or not.
CREATE TABLE stale_exports (
    name       text,
    erasure_id text,
    PRIMARY KEY (name, erasure_id)
);
INSERT INTO stale_exports SELECT name, erasure_id FROM detached_partitions, erasures WHERE since <= at;

DROP FUNCTION erase_customer(text, text, text, timestamptz, text[], timestamptz[]);

-- As before, but not what somebody made for the moment: erasing runs with more rights than theirs.
CREATE OR REPLACE FUNCTION detached_tables(parent text) RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
    SELECT tables.oid::regclass
    FROM pg_class AS tables
    WHERE tables.relkind = 'r' AND tables.relpersistence = 'p' AND NOT tables.relispartition
        AND tables.relname ~ ('^' || parent || '_[0-9]{4}_[0-9]{2}')
$$;

-- The customers' sessions that began before `erased_at`, also in former partitions.
CREATE FUNCTION sessions_of(ids text[], erased_at timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    former regclass;
BEGIN
    RETURN QUERY SELECT session_id FROM consultations
    WHERE customer_id = ANY (ids) AND created_at <= erased_at;
    FOR former IN SELECT detached_tables('consultations') LOOP
        RETURN QUERY SELECT sessions_in(former, ids, erased_at);
    END LOOP;
END $$;

-- None where the former partition is dropped by now: its file knows of the erasure by stale_exports. The name
-- of a table that is gone is its number, hence the syntax error.
CREATE FUNCTION sessions_in(former regclass, ids text[], erased_at timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT session_id FROM %s WHERE customer_id = ANY ($1) AND created_at <= $2', former
    ) USING ids, erased_at;
EXCEPTION WHEN undefined_table OR syntax_error THEN
    RETURN;
END $$;

-- Forgets the sessions, whose ids give their created_at: now, and whatever comes of them later.
CREATE OR REPLACE FUNCTION erase_sessions(
    sessions text[], created timestamptz[],
    OUT consultations bigint, OUT messages bigint, OUT deliveries bigint
) LANGUAGE plpgsql AS $$
DECLARE
    former regclass;
    found_rows bigint;
BEGIN
    INSERT INTO erased_sessions SELECT DISTINCT unnest(sessions) ORDER BY 1 ON CONFLICT DO NOTHING;
    DELETE FROM consultations AS held
    USING unnest(sessions, created) AS gone (session_id, created_at)
    WHERE held.created_at = gone.created_at AND held.session_id = gone.session_id;
    GET DIAGNOSTICS consultations = ROW_COUNT;
    DELETE FROM chat_messages AS held
    USING unnest(sessions, created) AS gone (session_id, created_at)
    WHERE held.created_at = gone.created_at AND held.session_id = gone.session_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    FOR former IN SELECT detached_tables('consultations') LOOP
        found_rows := erase_in(former, sessions, created);
        consultations := consultations + found_rows;
    END LOOP;
    FOR former IN SELECT detached_tables('chat_messages') LOOP
        found_rows := erase_in(former, sessions, created);
        messages := messages + found_rows;
    END LOOP;
    DELETE FROM webhook_deliveries WHERE (body::jsonb -> 'data' ->> 'session_id') = ANY (sessions);
    GET DIAGNOSTICS deliveries = ROW_COUNT;
END $$;

-- How many rows of a former partition went; none where it is dropped by now, as in sessions_in.
CREATE FUNCTION erase_in(former regclass, sessions text[], created timestamptz[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_rows bigint;
BEGIN
    EXECUTE format(
        'DELETE FROM %s AS held USING unnest($1, $2) AS gone (session_id, created_at)'
        ' WHERE held.created_at = gone.created_at AND held.session_id = gone.session_id', former
    ) USING sessions, created;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    RETURN found_rows;
EXCEPTION WHEN undefined_table OR syntax_error THEN
    RETURN 0;
END $$;

-- Forgets the customers `ids` with their `sessions`, which nobody writes any more: workers/persister/erasing.py
-- has seen to that. Nothing where it was done before.
CREATE FUNCTION erase_customer(identity text, ids text[], sessions text[], created timestamptz[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    erased_at timestamptz;
    gone record;
    gone_customers bigint;
BEGIN
    SELECT at INTO erased_at FROM erasures WHERE erasure_id = identity AND done_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO gone FROM erase_sessions(sessions, created);
    -- Who comes again at this moment is being stored: what follows is to see it.
    PERFORM FROM customers WHERE customer_id = ANY (ids) FOR UPDATE;
    DELETE FROM customers WHERE customer_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM consultations WHERE customer_id = customers.customer_id);
    GET DIAGNOSTICS gone_customers = ROW_COUNT;
    -- Who has come again since keeps a row, with nothing from before.
    UPDATE customers SET name = '', phone = '', first_seen_at = erased_at
    WHERE customer_id = ANY (ids) AND first_seen_at < erased_at;
    INSERT INTO stale_exports SELECT name, identity FROM detached_partitions WHERE since <= erased_at
    ON CONFLICT DO NOTHING;
    UPDATE erasures
    SET done_at = now(), customers = gone_customers, consultations = gone.consultations,
        messages = gone.messages, deliveries = gone.deliveries
    WHERE erasure_id = identity;
END $$;

-- With their owner's rights: who erases reaches former partitions in this way only.
ALTER FUNCTION sessions_of(text[], timestamptz) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION erase_sessions(text[], timestamptz[]) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION erase_customer(text, text[], text[], timestamptz[]) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION
    sessions_of(text[], timestamptz), erase_sessions(text[], timestamptz[]),
    erase_customer(text, text[], text[], timestamptz[])
FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('aicc_persister') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION
            sessions_of(text[], timestamptz), erase_sessions(text[], timestamptz[]),
            erase_customer(text, text[], text[], timestamptz[])
        TO aicc_persister;
    END IF;
END $$;

-- As before, but those who use the default partition are held up for a few milliseconds at a time, longer only
-- where that was in vain.
CREATE OR REPLACE FUNCTION make_month_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    -- The lock is given back without waiting for the disk: the next commit sees to that.
    SET LOCAL synchronous_commit = off;
    FOR try IN 1..60 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', least(100, 4 * 1.06 ^ try)::int || 'ms', true);
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', rest);
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF try = 60 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.01 + 0.1 * random());
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

-- Who takes care of the tables owns those, too, that later revisions have made.
DO $$
DECLARE
    given text;
BEGIN
    IF to_regrole('aicc_migrator') IS NULL OR NOT pg_has_role(current_user, 'aicc_migrator', 'MEMBER') THEN
        RETURN;
    END IF;
    FOR given IN
        SELECT format('TABLE %I.%I', nspname, relname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname IN ('public', 'detached') AND relkind IN ('r', 'p') AND relowner <> to_regrole('aicc_migrator')
        UNION ALL
        SELECT format('FUNCTION %s', pg_proc.oid::regprocedure)
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> to_regrole('aicc_migrator') AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
        )
    LOOP
        EXECUTE format('ALTER %s OWNER TO aicc_migrator', given);
    END LOOP;
END $$;
