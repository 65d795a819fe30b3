"""Which topic a sink's offset belongs to, so that one made anew is told from the one before it."""

from migrations.sql import run_beside

revision = "a002"
down_revision = "a001"


def upgrade() -> None:
    """Runs a002_topic_ids.sql."""
    run_beside(__file__)
