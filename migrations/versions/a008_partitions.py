"""What partitions need beside their months: retention, and no long locks."""

from migrations.sql import run_beside

revision = "a008"
down_revision = "a007"


def upgrade() -> None:
    """Runs a008_partitions.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a008_partitions.down.sql."""
    run_beside(__file__, ".down.sql")
