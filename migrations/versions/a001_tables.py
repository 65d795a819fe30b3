"""Customers, agents, consultations with their messages, sinks' offsets, the configuration's audit."""

from migrations.sql import run_beside

revision = "a001"
down_revision = None


def upgrade() -> None:
    """Runs a001_tables.sql."""
    run_beside(__file__)
