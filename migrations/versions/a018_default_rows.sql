-- How many rows wait in the default partitions, counted up to `most`. With its owner's rights: a default
-- partition that `aicc-db partitions move` has made anew is reached through its table by everybody else.
CREATE FUNCTION default_rows(most bigint) RETURNS TABLE (parent text, rows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'consultations', count(*) FROM (SELECT FROM consultations_default LIMIT most) AS few
    UNION ALL
    SELECT 'chat_messages', count(*) FROM (SELECT FROM chat_messages_default LIMIT most) AS few
$$;
REVOKE EXECUTE ON FUNCTION default_rows(bigint) FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('aicc_migrator') IS NOT NULL AND pg_has_role(current_user, 'aicc_migrator', 'MEMBER') THEN
        ALTER FUNCTION default_rows(bigint) OWNER TO aicc_migrator;
    END IF;
    IF to_regrole('aicc_persister') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION default_rows(bigint) TO aicc_persister;
    END IF;
END $$;
