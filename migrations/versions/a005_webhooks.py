"""Webhooks: who hears of events, and each event's delivery to each of them."""

from migrations.sql import run_beside

revision = "a005"
down_revision = "a004"


def upgrade() -> None:
    """Runs a005_webhooks.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a005_webhooks.down.sql."""
    run_beside(__file__, ".down.sql")
