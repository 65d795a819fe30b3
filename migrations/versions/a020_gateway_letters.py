"""What gateways may write of dead letters."""

from migrations.sql import run_beside

revision = "a020"
down_revision = "a019"


def upgrade() -> None:
    """Runs a020_gateway_letters.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a020_gateway_letters.down.sql."""
    run_beside(__file__, ".down.sql")
