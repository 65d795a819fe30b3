"""Customers' ratings of their consultations."""

from migrations.sql import run_beside

revision = "a007"
down_revision = "a006"


def upgrade() -> None:
    """Runs a007_ratings.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a007_ratings.down.sql."""
    run_beside(__file__, ".down.sql")
