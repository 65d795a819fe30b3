"""The answers to keyed changes of webhooks."""

from migrations.sql import run_beside

revision = "a015"
down_revision = "a014"


def upgrade() -> None:
    """Runs a015_webhook_keys.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a015_webhook_keys.down.sql."""
    run_beside(__file__, ".down.sql")
