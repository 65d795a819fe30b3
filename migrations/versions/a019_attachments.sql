-- The images that a message carries, as its record has them. A constant default: no row is written anew.
ALTER TABLE chat_messages ADD COLUMN attachments jsonb NOT NULL DEFAULT '[]';
