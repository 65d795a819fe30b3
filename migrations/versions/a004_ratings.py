"""Customers' ratings of their consultations."""

from migrations.sql import run_beside

revision = "a004"
down_revision = "a003"


def upgrade() -> None:
    """Runs a004_ratings.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a004_ratings.down.sql."""
    run_beside(__file__, ".down.sql")
