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

DROP FUNCTION erase_customer(text, text[], text[], timestamptz[]);
DROP FUNCTION sessions_of(text[], timestamptz);
DROP FUNCTION sessions_in(regclass, text[], timestamptz);
CREATE OR REPLACE FUNCTION detached_tables(parent text) RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
    SELECT tables.oid::regclass
    FROM pg_class AS tables
    WHERE tables.relkind = 'r' AND NOT tables.relispartition
        AND tables.relname ~ ('^' || parent || '_[0-9]{4}_[0-9]{2}')
$$;

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
    DELETE FROM chat_messages WHERE session_id = ANY (sessions);
    GET DIAGNOSTICS messages = ROW_COUNT;
    FOR former IN SELECT detached_tables('consultations') LOOP
        EXECUTE format('DELETE FROM %s WHERE session_id = ANY ($1)', former) USING sessions;
        GET DIAGNOSTICS found_rows = ROW_COUNT;
        consultations := consultations + found_rows;
    END LOOP;
    FOR former IN SELECT detached_tables('chat_messages') LOOP
        EXECUTE format('DELETE FROM %s WHERE session_id = ANY ($1)', former) USING sessions;
        GET DIAGNOSTICS found_rows = ROW_COUNT;
        messages := messages + found_rows;
    END LOOP;
    DELETE FROM webhook_deliveries WHERE (body::jsonb -> 'data' ->> 'session_id') = ANY (sessions);
    GET DIAGNOSTICS deliveries = ROW_COUNT;
END $$;

DROP FUNCTION erase_in(regclass, text[], timestamptz[]);
ALTER FUNCTION erase_sessions(text[], timestamptz[]) SECURITY INVOKER RESET search_path;
GRANT EXECUTE ON FUNCTION erase_sessions(text[], timestamptz[]) TO PUBLIC;

-- Forgets the customer as of `erased_at`; the sessions that were erased. Nothing where it was done before.
-- Whoever stores what customers say holds the lock 5500613 shared, and so sees `erasures` with this one, or
-- has its rows seen here.
CREATE FUNCTION erase_customer(
    identity text, digest text, secret text, erased_at timestamptz, sessions text[], created timestamptz[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    ids text[];
    all_sessions text[];
    all_created timestamptz[];
    former regclass;
    more_sessions text[];
    more_created timestamptz[];
    gone record;
    gone_customers bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(5500613);
    IF EXISTS (SELECT FROM erasures WHERE erasure_id = identity) THEN
        RETURN '{}';
    END IF;
    SELECT coalesce(array_agg(customer_id), '{}') INTO ids FROM customers
    WHERE encode(sha256(convert_to(secret || '|' || customer_id, 'UTF8')), 'hex') = digest;
    SELECT coalesce(array_agg(held.session_id), '{}'), coalesce(array_agg(held.created_at), '{}')
    INTO all_sessions, all_created
    FROM consultations AS held
    WHERE held.customer_id = ANY (ids) AND held.created_at <= erased_at
        AND held.session_id <> ALL (sessions);
    all_sessions := all_sessions || sessions;
    all_created := all_created || created;
    FOR former IN SELECT detached_tables('consultations') LOOP
        EXECUTE format(
            'SELECT array_agg(session_id), array_agg(created_at) FROM %s'
            ' WHERE customer_id = ANY ($1) AND session_id <> ALL ($2)', former
        ) INTO more_sessions, more_created USING ids, all_sessions;
        all_sessions := all_sessions || coalesce(more_sessions, '{}');
        all_created := all_created || coalesce(more_created, '{}');
    END LOOP;
    SELECT * INTO gone FROM erase_sessions(all_sessions, all_created);
    DELETE FROM customers WHERE customer_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM consultations WHERE customer_id = customers.customer_id);
    GET DIAGNOSTICS gone_customers = ROW_COUNT;
    -- Who has come again since keeps a row, with nothing from before.
    UPDATE customers SET name = '', phone = '', first_seen_at = erased_at
    WHERE customer_id = ANY (ids) AND first_seen_at < erased_at;
    INSERT INTO erasures (erasure_id, customer, at, customers, consultations, messages, deliveries)
    VALUES (identity, digest, erased_at, gone_customers, gone.consultations, gone.messages, gone.deliveries);
    RETURN all_sessions;
END $$;

DROP TABLE stale_exports;
-- What was begun is read from the topic again.
DELETE FROM erasures WHERE done_at IS NULL;
ALTER TABLE erasures
    ALTER done_at SET NOT NULL, ALTER done_at SET DEFAULT now(),
    ALTER customers DROP DEFAULT, ALTER consultations DROP DEFAULT,
    ALTER messages DROP DEFAULT, ALTER deliveries DROP DEFAULT;
