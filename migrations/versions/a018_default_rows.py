"""What waits in default partitions, for those who may not look into them."""

from migrations.sql import run_beside

revision = "a018"
down_revision = "a017"


def upgrade() -> None:
    """Runs a018_default_rows.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a018_default_rows.down.sql."""
    run_beside(__file__, ".down.sql")
