"""`make chaos`: fault after fault under a steady mix, each timed by probes, and everything reconciled."""
