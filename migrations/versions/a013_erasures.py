"""The erasure of customers."""

from migrations.sql import run_beside

revision = "a013"
down_revision = "a012"


def upgrade() -> None:
    """Runs a013_erasures.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a013_erasures.down.sql."""
    run_beside(__file__, ".down.sql")
