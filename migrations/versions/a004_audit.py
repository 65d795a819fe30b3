"""Who has looked at or changed what is not theirs."""

from migrations.sql import run_beside

revision = "a004"
down_revision = "a003"


def upgrade() -> None:
    """Runs a004_audit.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a004_audit.down.sql."""
    run_beside(__file__, ".down.sql")
