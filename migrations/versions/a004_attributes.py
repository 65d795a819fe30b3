"""Consultations have attributes."""

from migrations.sql import run_beside

revision = "a004"
down_revision = "a003"


def upgrade() -> None:
    """Runs a004_attributes.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a004_attributes.down.sql."""
    run_beside(__file__, ".down.sql")
