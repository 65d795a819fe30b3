"""Who has looked at or changed what is not theirs."""

from migrations.sql import run_beside

revision = "a006"
down_revision = "a005"


def upgrade() -> None:
    """Runs a006_audit.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a006_audit.down.sql."""
    run_beside(__file__, ".down.sql")
