"""Reports by the quarter of an hour."""

from migrations.sql import run_beside

revision = "a014"
down_revision = "a013"


def upgrade() -> None:
    """Runs a014_intervals.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a014_intervals.down.sql."""
    run_beside(__file__, ".down.sql")
