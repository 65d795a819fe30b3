-- What a text is found by: words of Latin letters, other letters and digits in lower case; of each run of Hangul,
-- Han or Kana all pairs of neighbours, and its last letter, so that every letter begins one. Must stay equal to
-- gateway/grams.py.
CREATE FUNCTION search_grams(said text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 300 AS $$
DECLARE
    plain text := regexp_replace(lower(said), '[^[:alnum:]]+', ' ', 'g');
    paired text;
BEGIN
    IF plain ~ '[぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏]' THEN
        plain := regexp_replace(plain, '([぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏]+)', ' \1 ', 'g');
        -- Pairs that begin at even places, then those at odd ones.
        paired := regexp_replace(plain, '([぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏]{2})', '\1 ', 'g') || ' ' ||
            regexp_replace(
                regexp_replace(plain, '(\A|[^぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏])[぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏]', ' ', 'g'),
                '([぀-ヿ㐀-鿿가-힣ᄀ-ᇿ㄰-㆏]{2})', '\1 ', 'g');
        RETURN array_to_tsvector(array_remove(string_to_array(paired, ' '), ''));
    END IF;
    RETURN array_to_tsvector(array_remove(string_to_array(plain, ' '), ''));
END $$;
