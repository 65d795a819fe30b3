"""Reports from what Postgres keeps for good."""
