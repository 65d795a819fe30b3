DROP FUNCTION default_rows(bigint);
