"""The database's own care: its partitions, their retention, and what its statistics say."""
