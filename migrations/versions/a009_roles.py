"""Roles with the least rights, and the count of statements."""

from migrations.sql import run_beside

revision = "a009"
down_revision = "a008"


def upgrade() -> None:
    """Runs a009_roles.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a009_roles.down.sql."""
    run_beside(__file__, ".down.sql")
