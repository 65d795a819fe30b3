-- The words of a text in lower case. What the parser would keep together (addresses, paths, hyphens) is parted.
CREATE FUNCTION search_words(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('pg_catalog.simple', translate(said, '@./\_:+&=#~-', '            '));

-- The tsquery of texts that have a word beginning with each of these; empty where there are none.
CREATE FUNCTION search_query(asked text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(string_agg(quote_literal(word) || ':*', ' & '), '')
    FROM unnest(tsvector_to_array(search_words(asked))) AS word
);

-- Notes and what is said of a conversation are not searched.
CREATE INDEX chat_messages_words ON chat_messages USING gin (search_words(text)) WHERE kind = 'text';
