"""Who changed the configuration: one row a published version, with its way in and the whole of it."""

from migrations.sql import run_beside

revision = "a003"
down_revision = "a002"


def upgrade() -> None:
    """Runs a003_config_audit.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a003_config_audit.down.sql."""
    run_beside(__file__, ".down.sql")
