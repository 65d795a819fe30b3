-- Nobody logs in as these: who serves is a member of one, and names it in DATABASE_URL (?role=aicc_gateway).
-- They are the whole server's, so another database may have made them. Who may not make roles makes none.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['aicc_gateway', 'aicc_persister', 'aicc_migrator'] LOOP
        BEGIN
            IF to_regrole(wanted) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION
            -- Two databases that are set up side by side.
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'the role % could not be made: make it, then run SELECT grant_roles()', wanted;
        END;
    END LOOP;
END $$;

-- Gives all tables and functions of ours to `owner`.
CREATE FUNCTION give_all_to(owner text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    given text;
BEGIN
    FOR given IN
        SELECT format('TABLE %I.%I', nspname, relname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname IN ('public', 'detached') AND relkind IN ('r', 'p')
        UNION ALL
        SELECT format('FUNCTION %s', pg_proc.oid::regprocedure)
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
        )
        UNION ALL
        SELECT 'SCHEMA detached'
    LOOP
        EXECUTE format('ALTER %s OWNER TO %I', given, owner);
    END LOOP;
END $$;

-- Gives each role, where there is one, what it needs and nothing else; safe to repeat. Partitions are reached
-- through their tables. What later revisions make is covered by the default privileges of who makes it.
CREATE FUNCTION grant_roles() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    maker text;
BEGIN
    IF to_regrole('aicc_migrator') IS NOT NULL THEN
        GRANT ALL ON SCHEMA public TO aicc_migrator;
        EXECUTE format('GRANT CREATE ON DATABASE %I TO aicc_migrator', current_database());
        IF pg_has_role(current_user, 'aicc_migrator', 'MEMBER') THEN
            PERFORM give_all_to('aicc_migrator');
        END IF;
    END IF;
    FOR maker IN
        SELECT rolname FROM pg_roles
        WHERE rolname IN (current_user, 'aicc_migrator') AND pg_has_role(current_user, rolname, 'MEMBER')
    LOOP
        IF to_regrole('aicc_gateway') IS NOT NULL THEN
            EXECUTE format(
                'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT SELECT ON TABLES TO aicc_gateway', maker
            );
        END IF;
        IF to_regrole('aicc_persister') IS NOT NULL THEN
            EXECUTE format(
                'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public'
                ' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO aicc_persister', maker
            );
        END IF;
    END LOOP;
    IF to_regrole('aicc_gateway') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA public TO aicc_gateway;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO aicc_gateway;
        GRANT INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO aicc_gateway;
        GRANT USAGE ON SEQUENCE webhook_endpoints_id_seq, webhook_deliveries_id_seq TO aicc_gateway;
    END IF;
    IF to_regrole('aicc_persister') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA public TO aicc_persister;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO aicc_persister;
        REVOKE INSERT, UPDATE, DELETE ON detached_partitions, alembic_version FROM aicc_persister;
        GRANT EXECUTE ON FUNCTION make_month_partition(text, date) TO aicc_persister;
    END IF;
END $$;

-- With its owner's rights, so that who writes rows need not own tables; it makes months of two tables only.
ALTER FUNCTION make_month_partition(text, date) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION
    make_month_partition(text, date), make_partitions(integer), grant_roles(), give_all_to(text)
FROM PUBLIC;
SELECT grant_roles();

-- Counts statements for `aicc-db report`, where it is installed and may be used.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') THEN
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'pg_stat_statements could not be made: aicc-db report will not know the slowest statements';
END $$;
