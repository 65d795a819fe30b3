-- The roles stay: they are the whole server's, and other databases may use them.
DROP EXTENSION IF EXISTS pg_stat_statements;
SELECT give_all_to(current_user);
DO $$
DECLARE
    role text;
    maker text;
BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('aicc_gateway', 'aicc_persister', 'aicc_migrator') LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', role);
        EXECUTE format('REVOKE ALL ON SCHEMA public, detached FROM %I', role);
        EXECUTE format('REVOKE ALL ON FUNCTION make_month_partition(text, date) FROM %I', role);
        EXECUTE format('REVOKE CREATE ON DATABASE %I FROM %I', current_database(), role);
        FOR maker IN
            SELECT rolname FROM pg_roles
            WHERE rolname IN (current_user, 'aicc_migrator') AND pg_has_role(current_user, rolname, 'MEMBER')
        LOOP
            EXECUTE format(
                'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public REVOKE ALL ON TABLES FROM %I', maker, role
            );
        END LOOP;
    END LOOP;
END $$;
DROP FUNCTION grant_roles();
DROP FUNCTION give_all_to(text);
ALTER FUNCTION make_month_partition(text, date) SECURITY INVOKER RESET search_path;
GRANT EXECUTE ON FUNCTION make_month_partition(text, date), make_partitions(integer) TO PUBLIC;
