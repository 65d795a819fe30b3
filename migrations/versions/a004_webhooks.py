"""Webhooks: who hears of events, and each event's delivery to each of them."""

from migrations.sql import run_beside

revision = "a004"
down_revision = "a003"


def upgrade() -> None:
    """Runs a004_webhooks.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a004_webhooks.down.sql."""
    run_beside(__file__, ".down.sql")
