SELECT quote_ident(attname) AS name
FROM pg_index, unnest(indkey) WITH ORDINALITY AS part (number, place), pg_attribute
WHERE indrelid = ('public.' || $1)::regclass AND indisprimary AND attrelid = indrelid AND attnum = number
ORDER BY place
