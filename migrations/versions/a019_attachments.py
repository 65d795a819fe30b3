"""Attachments of messages."""

from migrations.sql import run_beside

revision = "a019"
down_revision = "a018"


def upgrade() -> None:
    """Runs a019_attachments.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a019_attachments.down.sql."""
    run_beside(__file__, ".down.sql")
