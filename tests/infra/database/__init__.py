"""The database's care on a real Postgres."""
