DROP INDEX chat_messages_words;
DROP FUNCTION search_query(text);
DROP FUNCTION search_words(text);
