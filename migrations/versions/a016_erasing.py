"""Erasing without holding anybody up, files that still have to forget, and rights to both."""

from migrations.sql import run_beside

revision = "a016"
down_revision = "a015"


def upgrade() -> None:
    """Runs a016_erasing.sql."""
    run_beside(__file__)


def downgrade() -> None:
    """Runs a016_erasing.down.sql."""
    run_beside(__file__, ".down.sql")
