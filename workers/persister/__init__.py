"""Conversations and the configuration, stored in Postgres: each key once, however often the process dies."""
