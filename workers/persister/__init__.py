"""conversation.events and config, stored in Postgres: each key once, however often the process dies."""
