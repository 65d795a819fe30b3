"""Supervisor, which keeps the processes: its configuration, its client, and starting and stopping it."""
