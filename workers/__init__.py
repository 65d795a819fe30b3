"""Plain consumers of the topics: into Postgres (persister), into Redis (notifier), into gauges (prober)."""
