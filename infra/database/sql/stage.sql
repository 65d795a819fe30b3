CREATE SCHEMA {staging};
CREATE TABLE {staging}.{parent} (LIKE public.{parent} INCLUDING ALL) PARTITION BY RANGE (created_at);
CREATE TABLE {staging}.{parent}_default PARTITION OF {staging}.{parent} DEFAULT;
-- With its maker's rights: who writes the table needs none on the copy.
CREATE FUNCTION {staging}.mirror() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM {staging}.{parent} WHERE ({key}) = ({olds});
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO {staging}.{parent} ({columns}) VALUES ({news});
    END IF;
    RETURN NULL;
END $$;
